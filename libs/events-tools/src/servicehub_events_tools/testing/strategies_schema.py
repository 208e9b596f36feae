"""Any value that the schema of a field allows, put into events that are valid: whatever fields there are.

Strategies by hand draw what is usual. These follow the types, so that a new field is drawn from its first
day, to the ends of its limits; what would break a rule between fields is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any, Final, NamedTuple, cast

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from msgspec import inspect as types
from servicehub_events import Event, InvalidEvent, decode_event
from servicehub_events.catalogue.rules import time_zones
from servicehub_events.catalogue.scalars import FIRST_YEAR, LAST_YEAR
from servicehub_events.money import EXPONENTS
from servicehub_events.registry import Kind

from servicehub_events_tools.testing.strategies import events

Json = dict[str, Any]
_FIRST: Final = datetime(FIRST_YEAR, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
_LAST: Final = datetime(LAST_YEAR, 12, 31, 23, 59)  # noqa: DTZ001 - the same
_OFFSETS: Final = st.builds(
    timezone, st.integers(-14 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes))
)
_ANYTHING: Final = st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
_BY_NAME: Final[dict[str, SearchStrategy[object]]] = {
    "time_zone": st.sampled_from(sorted(time_zones())),
    "currency": st.sampled_from(sorted(EXPONENTS)),
    "rule": st.from_regex(r"\A(RRULE:)?FREQ=[A-Z]{4,7}(;[A-Z]{2,10}=[0-9A-Z,+-]{0,8}){0,3}\Z"),
}
"""What a pattern does not tell: names of a list."""


class FieldPlace(NamedTuple):
    """One field of a drawn state: the object that holds it, its name there, and its type."""

    holder: Json
    name: str
    type: types.Type


@st.composite
def any_events(draw: DrawFn, kind: Kind[Event], changes: int = 4) -> Event:
    """Events of a kind with some of their fields drawn from all that the schema allows."""
    event = draw(events(kind))
    state = cast("Json", msgspec.json.decode(msgspec.json.encode(event)))
    places = list(_places(types.type_info(kind.cls), state))
    for place in draw(st.lists(st.sampled_from(places), min_size=1, max_size=changes)):
        before = place.holder.get(place.name, ...)
        place.holder[place.name] = msgspec.to_builtins(draw(_value(place.type, place.name)))
        changed = _valid(kind, state)
        if changed:
            event = changed
        elif before is ...:
            del place.holder[place.name]
        else:
            place.holder[place.name] = before
    return event


def _valid(kind: Kind[Event], state: Json) -> Event | None:
    try:
        event = decode_event(kind.type, msgspec.json.encode(state))
    except InvalidEvent:
        return None
    return None if event.violations() else event


def _places(node: types.Type, value: object) -> Iterator[FieldPlace]:
    """The fields of a state, those of its parts included; ids of the aggregate stay, to be found by."""
    match _plain(node), value:
        case types.StructType(fields=fields), dict():
            holder = cast("Json", value)
            for field in fields:
                yield FieldPlace(holder, field.encode_name, field.type)
                yield from _places(field.type, holder.get(field.encode_name))
        case types.VarTupleType(item_type=item), list():
            for part in cast("list[object]", value):
                yield from _places(item, part)
        case _:
            pass


def _plain(node: types.Type) -> types.Type:
    """A type without its notes and without `None`."""
    if isinstance(node, types.Metadata):
        return _plain(node.type)
    if isinstance(node, types.UnionType):
        return _plain(next(part for part in node.types if not isinstance(part, types.NoneType)))
    return node


def _value(node: types.Type, name: str = "") -> SearchStrategy[Any]:
    return _BY_NAME[name] if name in _BY_NAME else _typed(node)


def _typed(node: types.Type) -> SearchStrategy[Any]:
    match _plain(node):
        case types.StrType(pattern=str(pattern)):
            return _matching(pattern)
        case types.StrType(max_length=longest):
            short = st.text(_ANYTHING, max_size=min(longest or 40, 40))
            return short | _ANYTHING.map(lambda character: character * (longest or 40))
        case types.IntType(ge=least, le=most):
            return st.integers(least, most) | st.sampled_from([least, most])
        case types.BoolType():
            return st.booleans()
        case types.LiteralType(values=values):
            return st.sampled_from(values)
        case types.DateTimeType():
            return st.datetimes(_FIRST, _LAST, timezones=_OFFSETS)
        case types.DateType():
            return st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
        case types.VarTupleType(item_type=item):
            return st.lists(_typed(item), max_size=4)
        case types.DictType(key_type=key, value_type=value):
            return st.dictionaries(_typed(key), _typed(value), max_size=4)
        case types.StructType(fields=fields):
            return _parts(fields)
        case other:
            raise TypeError(f"nothing is known to draw for {other}")


def _parts(fields: tuple[types.Field, ...]) -> SearchStrategy[Json]:
    drawn = {field.encode_name: _value(field.type, field.encode_name) for field in fields}
    needed = {field.encode_name for field in fields if field.required}
    return st.fixed_dictionaries(
        {name: values for name, values in drawn.items() if name in needed},
        optional={name: values for name, values in drawn.items() if name not in needed},
    )


@cache
def _matching(pattern: str) -> SearchStrategy[str]:
    return st.from_regex(pattern)
