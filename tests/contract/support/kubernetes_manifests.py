"""The manifests as `kubectl` renders them, raw and in the shape that the rules read."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, cast

import msgspec
import yaml

ROOT = Path(__file__).parents[3]
OVERLAYS = ("dev", "production")
Manifest = dict[str, object]
"""One document, as written: what a broken twin is made from."""


@cache
def _rendered(overlay: str) -> list[Manifest]:
    return _kustomize(f"deploy/k8s/overlays/{overlay}")


def _kustomize(folder: str) -> list[Manifest]:
    kubectl = Path(sys.executable).with_name("kubectl")
    command = (str(kubectl), "kustomize", folder)
    rendered = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [cast(Manifest, document) for document in yaml.safe_load_all(rendered)]


def render(overlay: str) -> list[Manifest]:
    """What `kubectl apply -k deploy/k8s/overlays/{overlay}` would send: a fresh copy, free to be broken."""
    return deepcopy(_rendered(overlay))


@cache
def _rendered_with(components: tuple[str, ...]) -> list[Manifest]:
    with TemporaryDirectory() as folder:
        base = Path(os.path.relpath(ROOT / "deploy/k8s", Path(folder).resolve()))
        taken_in = {
            "resources": [str(base / "overlays/production")],
            "components": [str(base / "components" / name) for name in components],
        }
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(taken_in))
        return _kustomize(folder)


def render_with(*components: str) -> list[Manifest]:
    """The same of the production overlay with these components beside."""
    return deepcopy(_rendered_with(components))


class _Part(msgspec.Struct, frozen=True, rename="camel"):
    """Reads the fields it names and steps over the rest."""


class Metadata(_Part, frozen=True):
    name: str
    labels: dict[str, str] = {}


class KeyReference(_Part, frozen=True):
    name: str
    key: str


class FieldReference(_Part, frozen=True, rename="camel"):
    field_path: str


class ValueFrom(_Part, frozen=True, rename="camel"):
    secret_key_ref: KeyReference | None = None
    config_map_key_ref: KeyReference | None = None
    field_ref: FieldReference | None = None


class Variable(_Part, frozen=True, rename="camel"):
    name: str
    value: str | None = None
    value_from: ValueFrom | None = None


class ConfigMapReference(_Part, frozen=True):
    name: str


class VariablesFrom(_Part, frozen=True, rename="camel"):
    config_map_ref: ConfigMapReference | None = None


class Port(_Part, frozen=True, rename="camel"):
    name: str
    container_port: int


class HttpGet(_Part, frozen=True):
    path: str
    port: str | int


class Probe(_Part, frozen=True, rename="camel"):
    http_get: HttpGet


class Sleep(_Part, frozen=True):
    seconds: int


class Hook(_Part, frozen=True):
    sleep: Sleep


class Lifecycle(_Part, frozen=True, rename="camel"):
    pre_stop: Hook


class Resources(_Part, frozen=True):
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class Container(_Part, frozen=True, rename="camel"):
    image: str
    args: list[str]
    env: list[Variable] = []
    env_from: list[VariablesFrom] = []
    ports: list[Port] = []
    resources: Resources = Resources()
    security_context: dict[str, object] = {}
    startup_probe: Probe | None = None
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    lifecycle: Lifecycle | None = None


class Pod(_Part, frozen=True, rename="camel"):
    containers: list[Container]
    init_containers: list[Container] = []
    security_context: dict[str, object] = {}
    automount_service_account_token: bool = True
    service_account_name: str = ""
    termination_grace_period_seconds: int = 30
    volumes: list[dict[str, object]] = []


class Template(_Part, frozen=True):
    metadata: dict[str, object]
    spec: Pod


class WorkloadSpec(_Part, frozen=True):
    template: Template


class Workload(_Part, frozen=True):
    """A Deployment or a Job: one process of one service."""

    kind: Literal["Deployment", "Job"]
    metadata: Metadata
    spec: WorkloadSpec

    @property
    def service(self) -> str:
        return self.metadata.labels.get("app.kubernetes.io/name", "")

    @property
    def process(self) -> str:
        return self.metadata.labels.get("app.kubernetes.io/component", "")

    @property
    def pod(self) -> Pod:
        return self.spec.template.spec

    @property
    def container(self) -> Container:
        return self.pod.containers[0]


class ConfigMap(_Part, frozen=True):
    metadata: Metadata
    data: dict[str, str] = {}


def workloads(manifests: Sequence[Manifest]) -> list[Workload]:
    """Every process."""
    return [msgspec.convert(each, Workload) for each in of_kind(manifests, "Deployment", "Job")]


def config_maps(manifests: Sequence[Manifest]) -> Mapping[str, Mapping[str, str]]:
    """The data of each ConfigMap by its name."""
    found = [msgspec.convert(each, ConfigMap) for each in of_kind(manifests, "ConfigMap")]
    return {each.metadata.name: each.data for each in found}


def of_kind(manifests: Sequence[Manifest], *kinds: str) -> Iterator[Manifest]:
    """The documents of these kinds."""
    return (each for each in manifests if each["kind"] in kinds)


def one(manifests: Sequence[Manifest], kind: str, name: str) -> Manifest:
    """The document of this kind and name."""
    (found,) = [
        each for each in of_kind(manifests, kind) if cast(dict[str, object], each["metadata"])["name"] == name
    ]
    return found
