"""The schemas of an AsyncAPI document: one for each state, shared by the events that carry it."""

from __future__ import annotations

import copy
from typing import Final, cast

from servicehub_events.catalogue.base import Event
from servicehub_events.json_schema import Json, schema_of
from servicehub_events.registry import Kind, Registry

from servicehub_events_tools.derive.generable import generable

_COMPARED: Final = ("properties", "required")


class Payloads:
    """The payloads of all messages, by the name of their schema."""

    def __init__(self, registry: Registry) -> None:
        self._kinds = registry.kinds()
        self._schemas = {kind.cls: schema_of(kind) for kind in self._kinds}

    def name(self, kind: Kind[Event]) -> str:
        """`Invoice` for events that carry that state as it is, else the event's own name."""
        return self._class(kind).__name__

    def schema(self, kind: Kind[Event]) -> Json:
        """The schema of the event by itself, parts in `$defs`."""
        return self._schemas[kind.cls]

    def about(self, kind: Kind[Event]) -> str:
        """What that state, or that event, is."""
        return one_line(self._class(kind))

    def _class(self, kind: Kind[Event]) -> type[Event]:
        state = cast("type[Event]", kind.cls.__mro__[1])
        mine = self._schemas[kind.cls]
        alike = [
            all(schema[part] == mine[part] for part in _COMPARED)
            for cls, schema in self._schemas.items()
            if cls.__mro__[1] is state
        ]
        return state if len(alike) > 1 and all(alike) else kind.cls

    def schemas(self) -> Json:
        """Every schema by name, without `$defs`: those are schemas beside the others."""
        schemas: Json = {}
        for kind in self._kinds:
            schema, cls = copy.deepcopy(self._schemas[kind.cls]), self._class(kind)
            schemas |= cast("Json", schema.pop("$defs", {}))
            del schema["$schema"], schema["$id"]
            schemas[cls.__name__] = {**schema, "title": cls.__name__, "description": one_line(cls)}
        named = generable(cast("dict[str, Json]", schemas))
        return cast("Json", _hoisted(named))


def one_line(cls: type[Event]) -> str:
    """The docstring of a class as one line."""
    return " ".join((cls.__doc__ or "").split())


def _hoisted(node: object) -> object:
    """References lead into components."""
    if isinstance(node, list):
        return [_hoisted(item) for item in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    whole = cast("Json", node)
    if "$ref" in whole:
        return {"$ref": str(whole["$ref"]).replace("#/$defs/", "#/components/schemas/")}
    return {name: _hoisted(value) for name, value in whole.items()}
