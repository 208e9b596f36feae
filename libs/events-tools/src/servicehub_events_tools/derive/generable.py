"""Schemas as code generators take them: every object and enumeration has a name, a type is one type.

JSON Schemas say what readers take, `null` and defaults included. A generator makes nameless classes of
unions and `allOf`, and of a default list code that does not compile; so AsyncAPI says what publishers send:
an optional field is there, or left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from servicehub_events.json_schema import Json

_NULL: Final = {"type": "null"}
_LARGEST_INT32: Final = 2**31 - 1
_NO_CODE: Final[tuple[object, ...]] = (None, [], {})
"""Defaults that mean "left out", and that generators write down as no code at all."""


_NAMES: Final = {"Window": "VisitWindow"}
"""What a class is called here when its own name is taken: every browser has a global `Window`."""


def generable(schemas: Mapping[str, Json]) -> dict[str, Json]:
    """Every schema by the name that generators give it."""
    named = {_NAMES.get(name, name): schema for name, schema in schemas.items()}
    return {name: _node({**schema, "title": name}, name) for name, schema in sorted(named.items())}


def _node(node: Json, name: str) -> Json:
    """A schema whose own parts are named after it: `Appointment.status` becomes `AppointmentStatus`."""
    if "$ref" in node:  # AsyncAPI ignores what stands beside it, and `allOf` would be one more class
        folder, _, target = str(node["$ref"]).rpartition("/")
        return {"$ref": f"{folder}/{_NAMES.get(target, target)}"}
    whole = _without_null(node)
    if whole is not node:
        return _node(whole, name)
    inner = {key: value for key, value in node.items() if key != "default" or value not in _NO_CODE}
    if "properties" in inner:
        fields = cast("dict[str, Json]", inner["properties"])
        inner["properties"] = {field: _node(part, name + _pascal(field)) for field, part in fields.items()}
    if "items" in inner:
        inner["items"] = _node(cast("Json", inner["items"]), name.removesuffix("s"))
    if isinstance(inner.get("additionalProperties"), dict):
        inner["additionalProperties"] = _node(cast("Json", inner["additionalProperties"]), f"{name}Value")
    return _typed(inner, name)


def _without_null(node: Json) -> Json:
    """The node itself, or what it is beside `null`."""
    options = cast("list[Json] | None", node.get("anyOf"))
    if options is None:
        return node
    (option,) = (option for option in options if option != _NULL)
    beside = {key: value for key, value in node.items() if key != "anyOf"}
    return {**option, **beside}


def _typed(node: Json, name: str) -> Json:
    if "enum" in node:
        return {"title": name, "type": "string", **node}
    if node.get("type") == "object" and "properties" in node:
        return {"title": name, **node}
    if (
        node.get("type") == "integer"
        and cast("int", node.get("maximum", _LARGEST_INT32 + 1)) > _LARGEST_INT32
    ):
        return {**node, "format": "int64"}
    return node


def _pascal(field: str) -> str:
    return "".join(word.capitalize() for word in field.split("_"))
