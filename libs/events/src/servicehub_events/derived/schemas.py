"""JSON Schema (draft 2020-12) for the value of every event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

import msgspec
from msgspec import inspect

from servicehub_events.catalogue.base import Event
from servicehub_events.derived.meanings import meanings
from servicehub_events.registry import Kind

Json = dict[str, object]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: Kind[Event]) -> Json:
    """The schema of one event's value. Fields that it does not name are allowed and ignored."""
    (body,), parts = msgspec.json.schema_components([kind.cls], ref_template="#/$defs/{name}")
    definitions = cast("dict[str, Json]", dict(parts))
    for struct in _structs(inspect.type_info(kind.cls)):
        _explain(definitions[struct.__name__], meanings(struct))
    own = definitions.pop(str(body["$ref"]).rpartition("/")[2])
    schema: Json = {"$schema": DRAFT, "$id": f"urn:servicehub:event:{kind.type}", **own, "title": kind.type}
    whole = {**schema, "$defs": definitions} if definitions else schema
    return cast("Json", json.loads(json.dumps(whole)))  # a default of () becomes [], as in the file


def _structs(node: inspect.Type) -> Iterator[type[msgspec.Struct]]:
    if isinstance(node, inspect.StructType):
        yield node.cls
    for child in _children(node):
        yield from _structs(child)


def _children(node: inspect.Type) -> tuple[inspect.Type, ...]:
    match node:
        case inspect.StructType(fields=fields):
            return tuple(field.type for field in fields)
        case inspect.UnionType(types=types):
            return types
        case inspect.VarTupleType(item_type=item):
            return (item,)
        case inspect.DictType(key_type=key, value_type=value):
            return (key, value)
        case inspect.Metadata(type=inner):
            return (inner,)
        case _:
            return ()


def _explain(schema: Json, texts: dict[str, str]) -> None:
    """Say what each field means, before what its scalar type says."""
    for name, field in cast("dict[str, Json]", schema["properties"]).items():
        if (meaning := texts.get(name)) and not str(field.get("description", "")).startswith(meaning):
            field["description"] = " ".join([meaning, *_scalar(field)])


def _scalar(field: Json) -> list[str]:
    text = field.get("description")
    return [text] if isinstance(text, str) else []
