"""JSON Schema (draft 2020-12) for the value of every event; the docstring below a field explains it."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from functools import cache
from typing import Final, cast

import msgspec
from msgspec import inspect as types

from servicehub_events.catalogue.base import Event
from servicehub_events.registry import Kind

Json = dict[str, object]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: Kind[Event]) -> Json:
    """The schema of one event's value. Fields that it does not name are allowed and ignored."""
    (body,), parts = msgspec.json.schema_components([kind.cls], ref_template="#/$defs/{name}")
    definitions = cast("dict[str, Json]", dict(parts))
    for struct in _structs(types.type_info(kind.cls)):
        _explain(definitions[struct.__name__], meanings(struct))
    own = definitions.pop(str(body["$ref"]).rpartition("/")[2])
    schema: Json = {"$schema": DRAFT, "$id": f"urn:servicehub:event:{kind.type}", **own, "title": kind.type}
    whole = {**schema, "$defs": definitions} if definitions else schema
    return cast("Json", json.loads(json.dumps(whole)))  # a default of () becomes [], as in the file


def _structs(node: types.Type) -> Iterator[type[msgspec.Struct]]:
    if isinstance(node, types.StructType):
        yield node.cls
    for child in _children(node):
        yield from _structs(child)


def _children(node: types.Type) -> tuple[types.Type, ...]:
    match node:
        case types.StructType(fields=fields):
            return tuple(field.type for field in fields)
        case types.UnionType(types=members):
            return members
        case types.VarTupleType(item_type=item):
            return (item,)
        case types.DictType(key_type=key, value_type=value):
            return (key, value)
        case types.Metadata(type=inner):
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


def meanings(cls: type[msgspec.Struct]) -> dict[str, str]:
    """Field name → meaning, inherited ones included; a field declared again may be explained anew."""
    texts: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, msgspec.Struct) and base is not msgspec.Struct:
            texts |= _documented_classes(base.__module__).get(base.__name__, {})
    return texts


@cache
def _documented_classes(module: str) -> dict[str, dict[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_documented_fields(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _documented_fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(node.body, node.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text).replace("\n", " ")
            case _:
                pass
