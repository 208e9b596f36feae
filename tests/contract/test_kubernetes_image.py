"""An image holds one service, by the lock alone, and runs as the user that the pods are given."""

import json
import os
import re
import subprocess
import sys
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


def everything(package: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """The packages that this one stands on, all the way down."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [(package, extras)]
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
    folders = set(re.findall(r"libs/[a-z]+", (IMAGE / "install").read_text()))
    built = {project(ROOT / folder) for folder in folders}
    copied = re.findall(r"^COPY (libs/[a-z]+) ", (IMAGE / "Dockerfile").read_text(), re.MULTILINE)
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
    assert set(bases[1:]) == {"${PYTHON}", "tools"}
    assert re.fullmatch(r"python:3\.11\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", bases[0])


def stage(name: str) -> str:
    """The lines of a stage of the build; the last one has no name."""
    stages = re.split(r"^FROM .*?(?: AS (\w+))?$", (IMAGE / "Dockerfile").read_text(), flags=re.MULTILINE)
    named = dict(zip([each or "" for each in stages[1::2]], stages[2::2], strict=True))
    return named[name]


def test_what_others_wrote_is_a_layer_that_a_change_of_code_leaves_alone() -> None:
    seen = [
        *re.findall(r"^COPY (\S+)", stage("tools"), re.MULTILINE),
        *re.findall(r"^COPY (\S+)", stage("packages"), re.MULTILINE),
    ]
    assert [
        each
        for each in seen
        if each.startswith(("libs", "services")) and not each.endswith("/pyproject.toml")
    ] == []
    assert re.findall(r"^COPY --from=(\w+) (\S+)", stage(""), re.MULTILINE) == [
        ("packages", "/opt/portal"),
        ("code", "/opt/portal/ours"),
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_the_layer_of_others_packages_holds_all_that_the_service_stands_on(service: str) -> None:
    said = subprocess.run(
        [sys.executable, IMAGE / "requirements", service], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()
    requirements = [Requirement(line) for line in said]
    wanted = {canonicalize_name(each.name) for each in requirements}
    held = wanted.union(*(everything(each.name, frozenset(each.extras)) for each in requirements))
    assert held >= everything(distribution(service)) - OURS - SOME
    assert not wanted & (OURS | SOME)


def test_an_image_says_which_release_it_is_of_which_revision() -> None:
    labels = dict(re.findall(r"org\.opencontainers\.image\.(\w+)=\"(.+?)\"", stage("")))
    assert (labels["version"], labels["revision"], labels["licenses"]) == (
        "${VERSION}",
        "${REVISION}",
        "Apache-2.0",
    )
    (listed,) = re.findall(
        r"^\[ \$\{#services\[@\]\} -gt 0 \] \|\| services=\((.+)\)$",
        (IMAGE / "build").read_text(),
        re.MULTILINE,
    )
    assert set(listed.split()) == set(SERVICES)


def build(*words: str, **told: str) -> tuple[int, str, list[str]]:
    """What deploy/image/build says, and what it asks of docker."""
    environment = {"PATH": os.environ["PATH"], "DOCKER": "echo", **told}
    done = subprocess.run(
        [IMAGE / "build", *words],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    asked = [line for line in done.stdout.splitlines() if line.startswith(("build ", "push "))]
    return done.returncode, done.stdout, asked


BASE = f"python:3.11.14-slim-bookworm@sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"PYTHON": BASE}, "VERSION is the tag"),
        ({"VERSION": "latest", "PYTHON": BASE}, "VERSION is the tag"),
        ({"VERSION": "1.4.0"}, "PYTHON is the base by digest"),
        ({"VERSION": "1.4.0", "PYTHON": "python:3.11.14-slim-bookworm"}, "PYTHON is the base by digest"),
    ],
)
def test_nothing_is_built_that_nobody_could_build_again(told: dict[str, str], said: str) -> None:
    code, output, asked = build(**told)
    assert (code, asked) == (1, [])
    assert said in output


def test_the_five_images_are_named_by_registry_and_release() -> None:
    code, output, asked = build(VERSION="1.4.0", PYTHON=BASE, REGISTRY="registry.example.com/portal")
    assert code == 0, output
    names = [f"registry.example.com/portal/servicehub-portal/{service}:1.4.0" for service in SERVICES]
    assert [re.findall(r"--tag (\S+)", line) for line in asked] == [[name] for name in names]
    assert all(f"PYTHON={BASE}" in line and "VERSION=1.4.0" in line for line in asked)


def test_pushing_says_where_to() -> None:
    code, output, asked = build("--push", VERSION="1.4.0", PYTHON=BASE)
    assert (code, asked) == (1, [])
    assert "REGISTRY says where to push to" in output


WELL: dict[str, object] = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (json.dumps({"dependencies": [WELL]}), 0, "nothing is known against 1 packages"),
        (json.dumps({"dependencies": [WELL, BAD]}), 1, "b 2: CVE-1, mended in 2.1"),
        (json.dumps({"dependencies": [WELL, SKIPPED]}), 2, "told nothing of 1 of 2 packages"),
        ("", 2, "nothing was looked at"),
    ],
)
def test_what_could_not_be_looked_at_is_not_called_well(
    answer: str, code: int, said: str, tmp_path: Path
) -> None:
    audit = tmp_path / "audit"
    audit.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")
    audit.chmod(0o755)
    done = subprocess.run(
        [IMAGE / "bill", "--advisories"],
        env={"PATH": os.environ["PATH"], "AUDIT": str(audit)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert said in done.stdout
