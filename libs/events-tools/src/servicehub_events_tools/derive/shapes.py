"""A JSON Schema node with its reference followed and its `null` set apart, so that two can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, cast

Json = Mapping[str, object]

NOTES: Final = frozenset({"title", "description", "default", "$schema", "$id", "$defs", "examples"})
"""Keywords that allow and forbid nothing by themselves."""
_NULL: Final = {"type": "null"}


class Shape(NamedTuple):
    """One node: what it allows beside `null`, and what is written beside it."""

    body: Json
    nullable: bool
    note: str

    @property
    def kind(self) -> str:
        """What sort of value it is, in words for people."""
        if "enum" in self.body:
            return "one of a list"
        if "additionalProperties" in self.body and "properties" not in self.body:
            return "map"
        name = self.body.get("type", "any value")
        form = self.body.get("format")
        return f"{name} ({form})" if form else str(name)

    def part(self, name: str) -> Json:
        """A keyword that holds a schema or a map of schemas; empty if it is not there."""
        return part(self.body, name)

    def texts(self, name: str) -> frozenset[str]:
        """A keyword that holds a list of texts."""
        texts = cast("list[object]", self.body.get(name) or [])
        return frozenset(map(str, texts))


def part(node: Json, name: str) -> Json:
    """What a node holds under a name, if that is a map itself; else an empty one."""
    inner = node.get(name)
    return cast("Json", inner) if isinstance(inner, Mapping) else {}


def shape(node: Json, definitions: Json) -> Shape:
    """The shape of a node. Raises ValueError for a union of more than one thing and `null`."""
    note = str(node.get("description", ""))
    nullable = False
    while "$ref" in node or "anyOf" in node:
        if "$ref" in node:
            node = cast("Json", definitions[str(node["$ref"]).rpartition("/")[2]])
        else:
            options = cast("list[Json]", node["anyOf"])
            nullable = nullable or _NULL in options
            others = [option for option in options if option != _NULL]
            if len(others) != 1:
                raise ValueError("a union of several types cannot be compared: use one type, or `| None`")
            (node,) = others
    return Shape(node, nullable, note or str(node.get("description", "")))
