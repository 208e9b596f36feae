"""What an operator may tell a process, read from the classes of settings themselves."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple, get_args

import msgspec

from chassis.settings.base import ProcessSettings, Secret
from chassis.settings.integration_keys import IntegrationKeys
from chassis.settings.keys import KeyRing

_UNITS = {
    "_seconds": "seconds",
    "_days": "days",
    "_per_minute": "a minute",
    "_network_minute": "a minute",
    "_per_hour": "an hour",
    "_per_day": "a day",
}


class DescribedSetting(NamedTuple):
    """One variable. `default` is None for one that has to be told."""

    name: str
    default: str | None
    unit: str
    secret: bool
    meaning: str


def described_settings(kind: type[ProcessSettings]) -> Iterator[DescribedSetting]:
    """Every setting that a class reads, in its order."""
    meanings = _meanings(kind)
    for spec in msgspec.structs.fields(kind):
        yield DescribedSetting(
            name=spec.name.upper(),
            default=None if spec.required else _written(spec.default),
            unit=next((unit for end, unit in _UNITS.items() if spec.name.endswith(end)), ""),
            secret=is_secret(spec.type),
            meaning=meanings.get(spec.name, ""),
        )


def is_secret(kind: object) -> bool:
    """Whether a field of this type holds what must not be read by others."""
    held = kind is Secret or kind is KeyRing or kind is IntegrationKeys
    return held or any(is_secret(arg) for arg in get_args(kind))


def _written(default: object) -> str:
    """As the environment would say it; a secret has no default that could be shown."""
    if isinstance(default, Secret):
        return ""
    if isinstance(default, tuple):
        return ",".join(str(part) for part in default)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # of any kind
    return str(default).lower() if isinstance(default, bool) else str(default)


def _meanings(kind: type[ProcessSettings]) -> dict[str, str]:
    """The docstring below each field, of the class and of those it stands on; its own wins."""
    meanings: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if issubclass(each, ProcessSettings):
            meanings |= _documented(ast.parse(textwrap.dedent(inspect.getsource(each))))
    return meanings


def _documented(tree: ast.Module) -> dict[str, str]:
    pairs = [pair for node in tree.body if isinstance(node, ast.ClassDef) for pair in pairwise(node.body)]
    return {
        field.target.id: " ".join(str(text.value.value).split())
        for field, text in pairs
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }
