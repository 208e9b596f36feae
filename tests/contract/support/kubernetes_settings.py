"""What each process is told by the manifests, held against the class that reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

import msgspec
from chassis.settings.base import MigrateSettings
from chassis.settings.described import is_secret

from tests.contract.support.kubernetes_manifests import (
    KeyReference,
    Manifest,
    Variable,
    Workload,
    config_maps,
    workloads,
)

Source = str | KeyReference | None
"""A text in the open, a key of a Secret, or what only the cluster knows (a pod's name)."""

BY_DEFAULT = {
    "HTTP_HOST",
    "PROJECTION_SCHEMA",
    "CHECKOUT_ORIGINS",
    "STRIPE_API_BASE",
    "TWILIO_BASE_URL",
    "TWILIO_SENDERS",
    "SMS_COUNTRIES",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "IMAGE_ORIGIN",
    "SECURITY_CONTACT",
    "MAIL_FROM",
    "DNS_RESOLVERS",
}
"""Places and names that may be left out; all others are to be said, whatever the class would assume."""
WORKERS_ALONE = "KAFKA_INSTANCE_ID"
_NUMBERS = (int, float, bool)  # these have defaults that are argued for where they stand


@dataclass(frozen=True)
class Told:
    """One process and its environment, each variable with where it comes from."""

    workload: Workload
    variables: Mapping[str, Source]
    dangling: tuple[str, ...]

    @property
    def settings(self) -> type[MigrateSettings]:
        """The class that this process reads."""
        if self.workload.process == "migrate":
            return MigrateSettings
        return import_module(f"{self.workload.service.replace('-', '_')}.settings").Settings


def told(manifests: Sequence[Manifest]) -> list[Told]:
    """Every process of every service."""
    maps = config_maps(manifests)
    return [_told(workload, maps) for workload in workloads(manifests)]


def _told(workload: Workload, maps: Mapping[str, Mapping[str, str]]) -> Told:
    variables: dict[str, Source] = {}
    dangling: list[str] = []
    for each in workload.container.env_from:
        name = each.config_map_ref.name if each.config_map_ref else "a whole Secret"
        dangling += [name] if name not in maps else []
        variables |= maps.get(name, {})
    for variable in workload.container.env:
        variables[variable.name] = _source(variable, maps, dangling)
    return Told(workload, variables, tuple(dangling))


def _source(variable: Variable, maps: Mapping[str, Mapping[str, str]], dangling: list[str]) -> Source:
    if variable.value_from is None:
        return variable.value or ""
    if reference := variable.value_from.config_map_key_ref:
        if reference.key not in maps.get(reference.name, {}):
            dangling.append(f"{reference.name}/{reference.key}")
        return maps.get(reference.name, {}).get(reference.key, "")
    return variable.value_from.secret_key_ref


def settings_problems(manifests: Sequence[Manifest]) -> list[str]:
    """One line for each variable that is unknown, missing, in the open, or another service's."""
    return [
        f"{each.workload.metadata.name}: {problem}" for each in told(manifests) for problem in _judged(each)
    ]


def _judged(process: Told) -> Iterator[str]:
    fields = {field.name.upper(): field for field in msgspec.structs.fields(process.settings)}
    yield from (f"{name} refers to nothing that is rendered" for name in process.dangling)
    yield from (f"{name} is no setting of it" for name in process.variables if name not in fields)
    for name, field in fields.items():
        if name not in process.variables:
            yield from _left_out(process, name, field)
        elif is_secret(field.type) and not isinstance(process.variables[name], KeyReference):
            yield f"{name} is a secret in the open"
    own = f"{process.workload.service}-secrets"
    for name, source in process.variables.items():
        if isinstance(source, KeyReference) and source.name != own:
            yield f"{name} comes from a Secret that is not its own, {source.name}"


def _left_out(process: Told, name: str, field: msgspec.structs.FieldInfo) -> Iterator[str]:
    if field.required:
        yield f"{name} is missing"
    elif process.workload.process == "migrate" or (process.workload.process, name) == ("api", WORKERS_ALONE):
        return
    elif name not in BY_DEFAULT and field.type not in _NUMBERS:
        yield f"{name} is left to its default without a word"
