"""The house in figures: lines, modules, names with two meanings, circles, small files.

    python -m tests.contract.support.house_figures [folder of another checkout …]

Two folders are shown side by side, before and after. `test_house.py` holds what must not grow again.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
SMALL = 20
"""A file with fewer lines joins its neighbour, but for those that every service has."""
MAY_BE_SMALL = {"__init__", "__main__", "worker", "settings", "context", "errors"}
ON_PURPOSE = {"Settings", "Context"}
"""Class names that every service defines: one shape."""


@dataclass(slots=True)
class House:
    """What is measured of one checkout."""

    lines: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    modules: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    classes: dict[str, set[str]] = field(default_factory=lambda: defaultdict[str, set[str]](set))
    imports: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    small: list[str] = field(default_factory=list[str])

    @property
    def defined_twice(self) -> dict[str, list[str]]:
        """Public class names that more than one module defines, but for those on purpose."""
        return {
            name: sorted(modules)
            for name, modules in sorted(self.classes.items())
            if len(modules) > 1 and name not in ON_PURPOSE
        }

    @property
    def circles(self) -> list[list[str]]:
        """Groups of modules that import each other."""
        return _circles(self.imports)

    @property
    def circles_of_packages(self) -> list[list[str]]:
        """The same for sub-packages, such as `chassis.web`."""
        rooms: dict[str, set[str]] = defaultdict(set)
        for module, targets in self.imports.items():
            rooms[_room(module)] |= {_room(target) for target in targets}
        return _circles(rooms)


def measure(root: Path) -> House:
    """Measure the production code of a checkout."""
    house = House()
    sources = dict(_modules(root))
    for name, path in sources.items():
        text = path.read_text()
        count, package = len(text.splitlines()), path.relative_to(root).parts[1]
        house.lines[package] += count
        house.modules[package] += 1
        if 0 < count < SMALL and path.stem not in MAY_BE_SMALL:
            house.small.append(name)
        tree = ast.parse(text)
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                house.classes[node.name].add(name)
        house.imports[name] = {
            target for target in _imported(name, path, tree, sources) if target in sources and target != name
        }
    return house


def _modules(root: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted([*root.glob("libs/*/src/**/*.py"), *root.glob("services/*/src/**/*.py")]):
        dotted = path.relative_to(root).with_suffix("").parts[3:]
        tool = path.relative_to(root).parts[1] in ("events-tools", "testing") or "testing" in dotted
        if "migrations" not in dotted and not tool:
            yield ".".join(dotted).removesuffix(".__init__"), path


def _imported(name: str, path: Path, tree: ast.Module, sources: Mapping[str, Path]) -> Iterator[str]:
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parts, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in sources else base


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """Strongly connected groups of more than one (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in sorted(imports.get(name, ())):
            if target not in imports or target == name:
                continue
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                groups.append(sorted(group))

    sys.setrecursionlimit(10_000)
    for name in sorted(imports):
        if name not in index:
            visit(name)
    return groups


def main(folders: list[str]) -> None:
    """Print the figures of one checkout, or of two side by side."""
    houses = [measure(Path(folder).resolve()) for folder in folders] or [measure(ROOT)]
    packages = sorted({package for house in houses for package in house.lines})
    rows = [
        (
            package,
            *(f"{h.lines.get(package, 0):,} in {h.modules.get(package, 0)}" for h in houses),
        )
        for package in packages
    ]
    rows.append(("all", *(f"{sum(h.lines.values()):,} in {sum(h.modules.values())}" for h in houses)))
    rows.append(("class names in two modules", *(str(len(h.defined_twice)) for h in houses)))
    rows.append(("circles of modules", *(str(len(h.circles)) for h in houses)))
    rows.append(("circles of sub-packages", *(str(len(h.circles_of_packages)) for h in houses)))
    rows.append((f"files under {SMALL} lines", *(str(len(h.small)) for h in houses)))
    for name, *values in rows:
        _say(f"{name:28}" + "".join(f"{value:>20}" for value in values))
    for house in houses:
        _say("\nin two modules: " + ", ".join(house.defined_twice))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
