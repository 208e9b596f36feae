"""An image holds what its code imports: a dependency that nobody uses can be attacked like any other."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEMBERS = sorted([*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")])
OURS = {
    tomllib.loads(path.read_text())["project"]["name"]: package.parent.name
    for path in [*MEMBERS, *ROOT.glob("deploy/local/*/pyproject.toml")]
    for package in path.parent.glob("src/*/__init__.py")
}
DATA = {"tzdata"}
"""Read by the standard library."""


def declared(project: Path) -> Iterator[str]:
    for requirement in tomllib.loads(project.read_text())["project"]["dependencies"]:
        yield _normal(re.split(r"[\[<>=!~ ;]", requirement, maxsplit=1)[0])


def imported(project: Path) -> set[str]:
    """Distributions of which the sources import something."""
    modules: set[str] = set()
    for path in project.parent.glob("src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
    known = packages_distributions()
    found = {_normal(name) for module in modules for name in known.get(module, ())}
    return found | {name for name, module in OURS.items() if module in modules}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("project", MEMBERS, ids=lambda path: path.parent.name)
def test_every_declared_dependency_is_imported(project: Path) -> None:
    assert set(declared(project)) - imported(project) - DATA == set()
