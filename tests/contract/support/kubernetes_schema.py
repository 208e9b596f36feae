"""The schema-strict judge: a field that the API does not know is an error, so is a kind without a schema."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, cast

import kubernetes_validate
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tests.contract.support.kubernetes_manifests import Manifest

VERSIONS = ("1.32", "1.37")
"""The oldest Kubernetes we say we run on, and the newest that has a schema."""

_GATEWAY_API = "gateway.networking.k8s.io/v1"
_PROMETHEUS_OPERATOR = "monitoring.coreos.com/v1"
_GATEWAY_SCHEMAS = Path(__file__).parent / "gateway-api"


class _Validator(Protocol):
    """What we ask of jsonschema, whose own types end in the middle."""

    def iter_errors(self, instance: object) -> Iterator[ValidationError]: ...


def schema_problems(manifests: Sequence[Manifest], version: str) -> list[str]:
    """One line for each document that this version of Kubernetes would not take as it is written."""
    return [problem for each in manifests for problem in _problems(each, version)]


def _problems(manifest: Manifest, version: str) -> list[str]:
    kind = str(manifest["kind"])
    name = f"{kind} {cast(dict[str, object], manifest['metadata'])['name']}"
    if manifest["apiVersion"] == _GATEWAY_API:
        return [f"{name}: {problem}" for problem in _gateway_problems(manifest, kind)]
    if manifest["apiVersion"] == _PROMETHEUS_OPERATOR:
        return []  # no package has its schemas; test_monitoring holds the fields that we write
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{name}: {error.message}"]
    except kubernetes_validate.SchemaNotFoundError as error:
        return [f"{name}: {error.message}"]
    return []


def _gateway_problems(manifest: Manifest, kind: str) -> list[str]:
    path = _GATEWAY_SCHEMAS / f"{kind.lower()}.json"
    if not path.exists():
        return [f"no schema for {kind} of {_GATEWAY_API}"]
    validator = cast(_Validator, Draft202012Validator(json.loads(path.read_text())))
    return [error.message for error in validator.iter_errors(manifest)]
