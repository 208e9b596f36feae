"""Where two JSON Schemas of one event type and version differ in a way that somebody would not survive.

Both sides matter. Old events lie in logs and event stores and must be read by new code; new events reach
readers of an older build, which are strict about what they know and ignore what they don't.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, cast

from servicehub_events_tools.derive.shapes import NOTES, Json, Shape, part, shape

STORED: Final = "events already stored no longer decode"
READERS: Final = "readers on an older build set new events aside"
LOST: Final = "readers on an older build no longer get it, and it is lost from events already stored"
MEANING: Final = "old and new events mean different things by it, and nothing tells them apart"

REWORDED: Final = "money-reworded"
"""The rule for a changed description of an amount: wording, or meaning? Only a person can say."""

_LIMITS: Final = {"minimum": 1, "minLength": 1, "minItems": 1, "maximum": -1, "maxLength": -1, "maxItems": -1}
_COMPARED: Final = {"type", "format", "enum", "items", "properties", "required"} | {
    "additionalProperties",
    "propertyNames",
    "x-money",
}


class SchemaChange(NamedTuple):
    """One change; `field` is a path such as `lines[].amount`, `rule` a stable code, `harm` who suffers."""

    field: str
    rule: str
    what: str
    harm: str


def diff(old: Json, new: Json) -> Iterator[SchemaChange]:
    """Every breaking change between two schemas of one event."""
    return _Diff(part(old, "$defs"), part(new, "$defs")).node("", old, new)


def added(old: Json, new: Json) -> tuple[str, ...]:
    """The fields that the new schema alone has, as paths; a new field stands for all that it holds."""
    fields = set(_fields("", new, part(new, "$defs"))) - set(_fields("", old, part(old, "$defs")))
    return tuple(sorted(field for field in fields if not any(_holds(other, field) for other in fields)))


def _fields(path: str, node: Json, definitions: Json) -> Iterator[str]:
    body = shape(node, definitions)
    for name, inner in body.part("properties").items():
        field = f"{path}.{name}".lstrip(".")
        yield field
        yield from _fields(field, cast("Json", inner), definitions)
    for keyword, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if inner := body.part(keyword):
            yield from _fields(path + mark, inner, definitions)


def _holds(outer: str, field: str) -> bool:
    return field.startswith((f"{outer}.", f"{outer}[", f"{outer}{{"))


class _Diff:
    def __init__(self, old: Json, new: Json) -> None:
        self._old, self._new = old, new

    def node(self, path: str, before: Json, after: Json) -> Iterator[SchemaChange]:
        old, new = shape(before, self._old), shape(after, self._new)
        if old.nullable and not new.nullable:
            yield SchemaChange(path, "null-refused", "null is no longer allowed", STORED)
        if new.nullable and not old.nullable:
            yield SchemaChange(path, "null-allowed", "null is now allowed", READERS)
        if old.kind != new.kind:
            yield SchemaChange(path, "retyped", f"was {old.kind}, is {new.kind}", f"{STORED}; {READERS}")
            return
        yield from _money(path, old, new)
        yield from _choices(path, old, new)
        yield from _constraints(path, old, new)
        yield from self._properties(path, old, new)
        for keyword, mark in (("items", "[]"), ("additionalProperties", "{}"), ("propertyNames", "{name}")):
            if old.part(keyword) or new.part(keyword):
                yield from self.node(path + mark, old.part(keyword), new.part(keyword))

    def _properties(self, path: str, old: Shape, new: Shape) -> Iterator[SchemaChange]:
        before, after = old.part("properties"), new.part("properties")
        was, now = old.texts("required"), new.texts("required")
        for name in before:
            field = f"{path}.{name}".lstrip(".")
            if name not in after:
                yield SchemaChange(field, "removed", "was removed", READERS if name in was else LOST)
                continue
            if name in was and name not in now:
                yield SchemaChange(field, "optional", "was required, is optional", READERS)
            if name in now and name not in was:
                yield SchemaChange(field, "required", "was optional, is required", STORED)
            yield from _default(field, part(before, name), part(after, name))
            yield from self.node(field, part(before, name), part(after, name))
        for name in now - before.keys():
            field = f"{path}.{name}".lstrip(".")
            yield SchemaChange(field, "added-required", "is new and required", STORED)


def _default(field: str, old: Json, new: Json) -> Iterator[SchemaChange]:
    if "default" in old and "default" in new and old["default"] != new["default"]:
        yield SchemaChange(
            field, "default", f"left out meant {old['default']!r}, means {new['default']!r}", MEANING
        )


def _money(path: str, old: Shape, new: Shape) -> Iterator[SchemaChange]:
    before, after = old.body.get("x-money"), new.body.get("x-money")
    if before != after:
        yield SchemaChange(path, "money", f"was {_unit(before)}, is {_unit(after)}", MEANING)
    elif before and old.note != new.note:
        yield SchemaChange(path, REWORDED, f'meant "{old.note}", is said to mean "{new.note}"', MEANING)


def _unit(money: object) -> str:
    if not isinstance(money, Mapping):
        return "not money"
    return ", ".join(f"{name} {value}" for name, value in cast("Json", money).items())


def _choices(path: str, old: Shape, new: Shape) -> Iterator[SchemaChange]:
    if gone := sorted(old.texts("enum") - new.texts("enum")):
        yield SchemaChange(path, "enum-narrowed", f"no longer allows {', '.join(gone)}", STORED)
    if come := sorted(new.texts("enum") - old.texts("enum")):
        yield SchemaChange(path, "enum-widened", f"now allows {', '.join(come)}", READERS)


def _constraints(path: str, old: Shape, new: Shape) -> Iterator[SchemaChange]:
    for keyword in sorted((old.body.keys() | new.body.keys()) - _COMPARED - NOTES):
        before, after = old.body.get(keyword), new.body.get(keyword)
        if before != after:
            what = f"{keyword} was {_said(before)}, is {_said(after)}"
            yield SchemaChange(path, "constraint", what, _harm(keyword, before, after))


def _said(limit: object) -> str:
    return "none" if limit is None else str(limit)


def _harm(keyword: str, before: object, after: object) -> str:
    sign = _LIMITS.get(keyword)
    if sign is None or not isinstance(before, int | None) or not isinstance(after, int | None):
        return STORED if before is None else READERS if after is None else f"{STORED}; {READERS}"
    narrower = before is None or (after is not None and sign * after > sign * before)
    return STORED if narrower else READERS
