"""`make stripe-api SPEC=path/to/spec3.json` cuts what is served out of Stripe's OpenAPI document.

The table that it writes says in JSON Schema which parameters an operation takes (`false`: Stripe takes it,
the stand-in does not) and which fields an object has: the `required` ones are always there.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from stand_in_stripe.objects import TABLE_FILE
from stand_in_stripe.operations import OPERATIONS, PAGING, RENAMED, Operation

Schema = dict[str, Any]
FORM = "application/x-www-form-urlencoded"
SERVED: Schema = tomllib.loads(Path(__file__).with_name("served.toml").read_text())


@dataclass(frozen=True)
class Extent:
    """What is kept of an object or a form, by dotted paths, and what is said of it beyond the document.

    Of an object its values are kept anyhow, and null where an object may stand; of a form every name.
    """

    named: frozenset[str]
    said: Mapping[str, Schema]
    is_form: bool = False

    @classmethod
    def of(cls, paths: str, said: Mapping[str, Schema], *, is_form: bool = False) -> "Extent":
        """Whatever is named, and all above it."""
        ends = [*paths.split(), *said]
        named = (path[: dot.start()] for path in ends for dot in re.finditer(r"\.|$", path))
        return cls(frozenset(named), said, is_form)


class Cutter:
    """Cuts one document."""

    def __init__(self, document: Schema) -> None:
        self._schemas: Schema = document["components"]["schemas"]
        self._paths: Schema = document["paths"]
        self._version: str = document["info"]["version"]
        self._kinds: set[str] = set()
        for schema, fields in SERVED["later"]["fields"].items():
            self._schemas[schema]["properties"].update(fields)
        for schema, values in SERVED["later"]["values"].items():
            _widen(self._schemas[schema]["properties"], values)

    def table(self) -> Schema:
        """The operations served, and every object that they answer with."""
        operations = {operation.key: self._operation(operation) for operation in OPERATIONS}
        self._kinds = {operation["answers"] for operation in operations.values()}
        objects = {kind: self._kind(kind) for kind in sorted(self._kinds)}
        return {"version": self._version, "operations": operations, "objects": objects}

    def _operation(self, operation: Operation) -> Schema:
        spec: Schema = self._paths[operation.path][operation.method.lower()]
        answer: Schema = spec["responses"]["200"]["content"]["application/json"]["schema"]
        answer = answer["anyOf"][0] if "anyOf" in answer else answer
        kind = _name(answer if "$ref" in answer else answer["properties"]["data"]["items"])
        if operation.method == "GET":
            query = {entry["name"]: entry["schema"] for entry in spec["parameters"] if entry["in"] == "query"}
            does = query.keys() & (PAGING | RENAMED.keys() | self._schemas[kind]["properties"].keys())
            ranges = [f"created.{bound}" for bound in ("gt", "gte", "lt", "lte")]
            extent = Extent.of(" ".join([*does, *ranges]), SERVED["lists"], is_form=True)
            return {"answers": kind, "parameters": self._cut({"properties": query}, "", extent)}
        form: Schema = spec["requestBody"]["content"].get(FORM, {}).get("schema", {"properties": {}})
        _widen(form["properties"], SERVED["later"]["parameters"].get(operation.key, {}))
        served: Schema = SERVED["parameters"].get(operation.key, {})
        extent = Extent.of(f"expand {served.get('does', '')}", served.get("rules", {}), is_form=True)
        return {"answers": kind, "parameters": self._cut(form, "", extent)}

    def _kind(self, kind: str) -> Schema:
        served: Schema = SERVED["objects"].get(kind, {})
        said: dict[str, Schema] = {path: {"default": {}} for path in served.get("there", "").split()}
        said |= {path: {"default": value} for path, value in _leaves(served.get("default", {}))}
        return self._cut(self._schemas[kind], "", Extent.of(served.get("filled", ""), said))

    def _cut(self, schema: Schema, at: str, extent: Extent) -> Schema:
        required = set[str](schema.get("required", []))
        kept: Schema = {}
        for name in sorted(schema["properties"], key=lambda name: (name not in ("id", "object"), name)):
            path, field = f"{at}{name}", schema["properties"][name]
            is_value = not extent.is_form and not self._holds_objects(field)
            if name in required or path in extent.named or is_value:
                kept[name] = self._field(field, path, extent) | extent.said.get(path, {})
            elif extent.is_form:
                kept[name] = False
            elif field.get("nullable"):
                kept[name] = {"type": "null"}
        required |= {
            name for name, cut in kept.items() if cut and (cut.pop("asked", False) or _is_there(cut))
        }
        there = [name for name in kept if name in required]
        return {"type": "object", "properties": kept, "required": there, "additionalProperties": False}

    def _field(self, field: Schema, path: str, extent: Extent) -> Schema:
        nullable = bool(field.get("nullable"))
        if resources := field.get("x-expansionResources"):
            served = [kind for entry in resources["oneOf"] if (kind := _name(entry)) in self._kinds]
            return {"anyOf": [_typed("string", nullable), *map(_reference, served)], "expandable": True}
        if _name(field) in self._kinds:
            return _reference(_name(field))
        field = self._resolved(field)
        if field.get("type") == "array":
            return _typed("array", nullable) | {"items": self._field(field["items"], path, extent)}
        if "has_more" in field.get("properties", {}):
            entry = _name(field["properties"]["data"]["items"])
            data = {"type": "array", "items": _reference(entry) if entry in self._kinds else {}}
            return {"type": "object", "properties": {"data": data}, "expandable": True}
        if "properties" in field:
            return self._cut(field, f"{path}.", extent) | _typed("object", nullable)
        return _value(field, nullable=nullable, is_form=extent.is_form)

    def _resolved(self, field: Schema) -> Schema:
        field = field["anyOf"][0] if "anyOf" in field else field
        return self._schemas[_name(field)] if "$ref" in field else field

    def _holds_objects(self, field: Schema) -> bool:
        below = self._resolved(field)
        return "x-expansionResources" not in field and "properties" in self._resolved(
            below.get("items", below)
        )


def _widen(fields: Schema, values: Mapping[str, list[str]]) -> None:
    for name, choices in values.items():
        field = fields.setdefault(name, {})
        known = field.get("items", field)
        known["enum"] = sorted([*known.get("enum", []), *choices])


def _value(field: Schema, *, nullable: bool, is_form: bool) -> Schema:
    is_metadata = isinstance(field.get("additionalProperties"), dict)
    more: Schema = {"additionalProperties": {"type": "string"}} if is_metadata else {}
    if enum := field.get("enum"):
        more["enum"] = [*enum, None] if nullable else enum
    if is_form and "maxLength" in field:
        more["maxLength"] = field["maxLength"]
    return _typed(field.get("type", "string"), nullable) | more


def _typed(kind: str, nullable: bool) -> Schema:
    return {"type": [kind, "null"] if nullable else kind}


def _is_there(field: Schema) -> bool:
    kinds = (field["anyOf"][0] if "anyOf" in field else field).get("type", "")
    return "default" in field or "null" in kinds


def _name(reference: Schema) -> str:
    return str(reference.get("$ref")).rpartition("/")[2]


def _reference(kind: str) -> Schema:
    return {"$ref": f"#/objects/{kind}"}


def _leaves(tree: Schema, at: str = "") -> Iterator[tuple[str, object]]:
    """`{"a": {"b": 1}}` is `a.b` with 1; an empty object is a leaf."""
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(cast("Schema", value), f"{at}{name}.")
        else:
            yield f"{at}{name}", value


def _written(value: object, depth: int = 4) -> str:
    """A line for each field and each parameter, so that a change can be read."""
    if depth == 0 or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    below = cast("Schema", value)
    entries = [f"{json.dumps(name)}: {_written(entry, depth - 1)}" for name, entry in below.items()]
    return "{\n" + ",\n".join(entries) + "\n}"


def main() -> None:
    """Write the table."""
    if len(sys.argv) != 2:
        sys.exit("make stripe-api SPEC=path/to/spec3.json: Stripe's OpenAPI document, see README")
    TABLE_FILE.write_text(_written(Cutter(json.loads(Path(sys.argv[1]).read_text())).table()) + "\n")


if __name__ == "__main__":
    main()
