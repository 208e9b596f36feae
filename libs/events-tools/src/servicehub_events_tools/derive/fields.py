"""The fields of a schema as rows for people: path, type, whether it may be left out, meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, cast, get_args

from msgspec import Meta
from servicehub_events.catalogue.scalars import Amount, Charge, Day, Id, SignedAmount, Time

from servicehub_events_tools.derive.shapes import Json, Shape, part, shape

_DEEPEST: Final = 5
_ID: Final = cast("Meta", get_args(Id)[1])
_SAID: Final = tuple(
    str(cast("Meta", get_args(scalar)[1]).description)
    for scalar in (Id, Time, Day, Amount, Charge, SignedAmount)
)
"""What the reference says once, for all fields of a type."""


class Row(NamedTuple):
    """One field. `path` is `lines[].amount`; `node` its schema, references followed."""

    path: str
    type: str
    optional: bool
    meaning: str


def rows(schema: Json) -> list[Row]:
    """Every field of a schema, each part of a state below the field that holds it."""
    return list(_rows("", schema, part(schema, "$defs"), 0))


def _rows(path: str, node: Json, definitions: Json, depth: int) -> Iterator[Row]:
    if depth > _DEEPEST:
        raise ValueError(f"{path} is nested too deeply for a table")
    found = shape(node, definitions)
    required = found.texts("required")
    for name, each in found.part("properties").items():
        field = cast("Json", each)
        inner, here, mark = shape(field, definitions), f"{path}.{name}".lstrip("."), ""
        optional = inner.nullable or name not in required
        note = str(field.get("description") or inner.note)
        yield Row(here, _type(inner, definitions), optional, _meaning(note))
        if inner.kind == "array":
            inner, mark = shape(inner.part("items"), definitions), "[]"
        if inner.part("properties"):
            yield from _rows(here + mark, inner.body, definitions, depth + 1)


def _meaning(note: str) -> str:
    for said in _SAID:
        note = note.removesuffix(said).rstrip()
    return note


def _type(found: Shape, definitions: Json) -> str:
    if choices := found.texts("enum"):
        return " \\| ".join(f"`{choice}`" for choice in sorted(choices))
    if found.kind == "array":
        inner = shape(found.part("items"), definitions)
        return f"list of {_type(inner, definitions)}"
    if found.kind == "map":
        return f"map to {_type(shape(found.part('additionalProperties'), definitions), definitions)}"
    if "x-money" in found.body:
        return "money"
    if found.body.get("pattern") == _ID.pattern:
        return "id"
    words = {"date-time": "time", "date": "day"}
    return words.get(str(found.body.get("format")), str(found.body.get("type", "string")))
