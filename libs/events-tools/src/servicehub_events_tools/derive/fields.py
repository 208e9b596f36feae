"""The fields of a schema as rows for people: path, type, whether it may be left out, meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, cast, get_args

from msgspec import Meta
from servicehub_events.catalogue.scalars import Amount, Charge, Day, Id, SignedAmount, Time

from servicehub_events_tools.derive.shapes import Json, Shape, part, shape

_DEEPEST: Final = 5
_ID: Final = cast("Meta", get_args(Id)[1])
_SCALAR_NOTES: Final = tuple(
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
    whole = shape(node, definitions)
    required = whole.texts("required")
    for name in whole.part("properties"):
        field = part(whole.part("properties"), name)
        inner, field_path, mark = shape(field, definitions), f"{path}.{name}".lstrip("."), ""
        optional = inner.nullable or name not in required
        note = str(field.get("description") or inner.note)
        yield Row(field_path, _type(inner, definitions), optional, _meaning(note))
        if inner.kind == "array":
            inner, mark = shape(inner.part("items"), definitions), "[]"
        if inner.part("properties"):
            yield from _rows(field_path + mark, inner.body, definitions, depth + 1)


def _meaning(note: str) -> str:
    for scalar_note in _SCALAR_NOTES:
        note = note.removesuffix(scalar_note).rstrip()
    return note


def _type(node: Shape, definitions: Json) -> str:
    if choices := node.texts("enum"):
        return " \\| ".join(f"`{choice}`" for choice in sorted(choices))
    if node.kind == "array":
        inner = shape(node.part("items"), definitions)
        return f"list of {_type(inner, definitions)}"
    if node.kind == "map":
        return f"map to {_type(shape(node.part('additionalProperties'), definitions), definitions)}"
    if "x-money" in node.body:
        return "money"
    if node.body.get("pattern") == _ID.pattern:
        return "id"
    words = {"date-time": "time", "date": "day"}
    return words.get(str(node.body.get("format")), str(node.body.get("type", "string")))
