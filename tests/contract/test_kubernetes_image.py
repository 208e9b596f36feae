"""An image holds one service, by the lock alone, and runs as the user that the pods are given."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.contract.support.kubernetes_manifests import OVERLAYS, ROOT, render, workloads

SERVICES = ("auth-otp", "portal-read", "billing", "notifier", "branding")
OURS = {"portal-chassis", "servicehub-events"}
SOME = {"portal-papers"}
"""Libraries that some services stand on; only their images hold them."""
IMAGE = ROOT / "deploy/image"
LOCKED = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def distribution(service: str) -> str:
    """Its name as a package: `portal-read` is called so already."""
    return service if service.startswith("portal-") else f"portal-{service}"


def needed(name: str, extras: frozenset[str] = frozenset()) -> Iterator[tuple[str, frozenset[str]]]:
    """What `name` with these extras requires here, one step deep."""
    for text in requires(name) or []:
        requirement = Requirement(text)
        environments = [{"extra": extra} for extra in extras or {""}]
        if requirement.marker is None or any(requirement.marker.evaluate(each) for each in environments):
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def everything(package: str) -> set[str]:
    """The packages that this one stands on, all the way down."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [(package, frozenset[str]())]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += needed(*each)
    return {name for name, _ in found} - {package}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_needs_nothing_that_is_not_locked_and_no_other_service(service: str) -> None:
    found = everything(distribution(service))
    assert found >= OURS
    assert found - OURS - SOME <= LOCKED
    assert not found & {distribution(other) for other in SERVICES}


def test_an_image_is_built_from_the_libraries_that_services_stand_on_alone() -> None:
    folders = re.findall(r"libs/[a-z]+", (IMAGE / "install").read_text())
    built = {project(ROOT / folder) for folder in folders}
    copied = re.findall(r"^COPY (libs\S*)", (IMAGE / "Dockerfile").read_text(), re.MULTILINE)
    assert built == {project(ROOT / folder) for folder in copied} == OURS | SOME


def project(folder: Path) -> str:
    """The name of the package that a folder holds."""
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"]


def test_the_tools_that_build_an_image_are_locked() -> None:
    (names,) = re.findall(r"tools='\^\((.+)\)=='", (IMAGE / "tools").read_text())
    tools = set(names.split("|"))
    assert tools == {"uv", "hatchling"} | everything("hatchling")
    assert tools <= LOCKED


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_pods_run_the_image_of_their_service_as_its_user(overlay: str) -> None:
    (user,) = re.findall(r"^USER (\d+):\1$", (IMAGE / "Dockerfile").read_text(), re.MULTILINE)
    for workload in workloads(render(overlay)):
        assert workload.container.image.rpartition(":")[0] == f"servicehub-portal/{workload.service}"
        assert workload.pod.security_context["runAsUser"] == int(user) > 0


def test_everything_that_is_copied_into_the_build_may_enter_it() -> None:
    dockerfile = (IMAGE / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(\S+)", dockerfile, re.MULTILINE)
    allowed = [
        line[1:] for line in (IMAGE / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"
    ]
    for source in copied:
        root = source.partition("$")[0]
        assert [each for each in allowed if each.startswith(root)], source


def test_the_base_is_an_exact_release() -> None:
    bases = re.findall(r"^(?:ARG PYTHON=|FROM )(\S+)", (IMAGE / "Dockerfile").read_text(), re.MULTILINE)
    assert set(bases[1:]) == {"${PYTHON}"}
    assert re.fullmatch(r"python:3\.11\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", bases[0])
