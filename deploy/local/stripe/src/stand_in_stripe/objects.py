"""Stripe's objects, complete: every field that its OpenAPI document has for what the stand-in can do.

`stripe_api.json` is the table of them; `make stripe-api` writes it (see openapi.py).
"""

import secrets
import string
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import msgspec

Json = dict[str, Any]
TABLE_FILE = Path(__file__).with_name("stripe_api.json")
_ALPHABET = string.ascii_letters + string.digits
_EMPTY: Json = {"boolean": False, "array": [], "object": {}}


class ApiTable(msgspec.Struct):
    """What the stand-in serves: `GET /v1/charges` -> what it takes, and `charge` -> its schema."""

    version: str
    operations: dict[str, Json]
    objects: dict[str, Json]


FACTS: Json = tomllib.loads(Path(__file__).with_name("facts.toml").read_text())
TABLE = msgspec.json.decode(TABLE_FILE.read_bytes(), type=ApiTable)


def new(kind: str, **given: object) -> Json:
    """A complete object of what is given: the rest is its default, null, false or empty.

    Names that begin with `_` are the stand-in's own and are never sent.
    """
    private = {name: given.pop(name) for name in list(given) if name.startswith("_")}
    return _completed(TABLE.objects[kind], given, kind) | private


def change(resource: Json, **given: object) -> None:
    """Set fields of an object, complete as in a new one."""
    fields: Json = TABLE.objects[resource["object"]]["properties"]
    for name, value in given.items():
        resource[name] = _filled(fields[name], value, f"{resource['object']}.{name}")


def plain(resource: Json) -> Json:
    """The object as it is sent."""
    return {name: value for name, value in resource.items() if not name.startswith("_")}


def new_id(prefix: str, length: int = 24) -> str:
    """`pi_3Q…`: `prefix`, an underscore and `length` random letters and digits."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def encode(value: object) -> bytes:
    """The bytes that are sent, indented as Stripe's are."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


def _completed(schema: Json, given: Json, path: str) -> Json:
    fields: Json = schema["properties"]
    if unknown := given.keys() - fields.keys():
        raise KeyError(f"{path} has no {sorted(unknown)}: see README, how to add a field")
    return {
        name: _filled(field, given[name] if name in given else _default(field), f"{path}.{name}")
        for name, field in fields.items()
        if name in given or name in schema["required"]
    }


def _filled(schema: Json, value: object, path: str) -> object:
    if value is ...:
        raise KeyError(f"{path} has to be given")
    if isinstance(value, dict) and "properties" in schema and "expandable" not in schema:
        return _completed(schema, cast("Json", value), path)
    if isinstance(value, list) and "properties" in schema.get("items", {}):
        return [_completed(schema["items"], entry, path) for entry in cast("list[Json]", value)]
    return cast("object", value)


def _default(schema: Json) -> object:
    kinds: str | list[str] = schema["anyOf"][0]["type"] if "anyOf" in schema else schema["type"]
    if "default" in schema or "null" in kinds:
        return deepcopy(schema.get("default"))
    if len(schema.get("enum", ())) == 1:
        return schema["enum"][0]
    return deepcopy(_EMPTY.get(str(kinds), ...))
