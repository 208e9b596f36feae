"""The licence is Apache-2.0, word for word, and every package says so."""

import hashlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LICENSE = ROOT / "LICENSE"
APACHE_2_0 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""SHA-256 of the text that the Apache Software Foundation publishes."""
PROJECTS = sorted(
    [ROOT / "pyproject.toml"]
    + [
        path
        for part in ("libs/*", "services/*", "deploy/local/*")
        for path in ROOT.glob(f"{part}/pyproject.toml")
    ]
)


def test_the_licence_is_unmodified() -> None:
    assert hashlib.sha256(LICENSE.read_bytes()).hexdigest() == APACHE_2_0


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.parent.name)
def test_a_package_names_its_licence_and_what_it_ships_of_it_is_the_same_text(path: Path) -> None:
    project = tomllib.loads(path.read_text())["project"]
    assert project["license"] == "Apache-2.0"
    for name in project.get("license-files", ()):
        assert (path.parent / name).resolve() == LICENSE


def test_the_contract_which_others_install_alone_ships_its_licence_in_an_image_too() -> None:
    project = tomllib.loads((ROOT / "libs/events/pyproject.toml").read_text())["project"]
    assert project["license-files"] == ["LICENSE"]
    image = ROOT / "deploy/image"
    assert "COPY LICENSE requirements.lock ./\n" in (image / "Dockerfile").read_text()
    admitted = (image / "Dockerfile.dockerignore").read_text().splitlines()
    assert {"!LICENSE", "!libs/events/LICENSE"} <= set(admitted)
