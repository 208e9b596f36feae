"""Contracts of one small event that tests can change, field by field."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Final, cast

import msgspec
from msgspec import defstruct
from servicehub_events import Event
from servicehub_events.catalogue.base import Value
from servicehub_events.catalogue.scalars import Id
from servicehub_events.registry import Registry, Upcaster
from servicehub_events.topic import Reader, Topic

from servicehub_events_tools.gate import BreakingChange, Contract, compare, present

NAME = "portal.ParcelSent"
READERS: tuple[Reader, ...] = ("billing", "notifier")


class Parcel(Event, frozen=True, kw_only=True):
    """What every variant has."""

    version: ClassVar[int] = 1
    parcel_id: Id


def field(type_: object, **default: object) -> tuple[object, dict[str, object]]:
    """A field of `variant`: its type, and `default=…` for one that may be left out."""
    return type_, default


def part(**fields: object) -> type[Value]:
    """A part of a state, required fields only."""
    made = defstruct("Part", list(fields.items()), bases=(Value,), frozen=True, kw_only=True)
    return cast("type[Value]", made)


def variant(version: int = 1, **fields: tuple[object, dict[str, object]]) -> type[Event]:
    """The event with these fields beside its ids."""
    listed = [(name, type_, *default.values()) for name, (type_, default) in fields.items()]
    namespace: dict[str, object] = {"__doc__": "A parcel was sent.", "version": version}
    made = defstruct(
        "ParcelSent",
        cast("list[tuple[str, type] | tuple[str, type, object]]", listed),
        bases=(Parcel,),
        namespace=namespace,
        frozen=True,
        kw_only=True,
    )
    return cast("type[Event]", made)


_TOPIC: Final = Topic(
    name="portal.parcels.v1",
    purpose="Parcels.",
    id_field="parcel_id",
    owner="portal",
    source="/portal/parcels",
    readers=READERS,
    events=(),
    compact=True,
)


def topic(*events: type[Event], **changes: object) -> Topic:
    """The topic of the event, some facts changed."""
    return replace(_TOPIC, events=events, **changes)


def registry(cls: type[Event], upcasters: Mapping[tuple[str, int], Upcaster] | None = None) -> Registry:
    """The registry of that one event."""
    return Registry([topic(cls)], upcasters or {})


def contract(*topics: Topic) -> Contract:
    """The contract that these topics state."""
    return present(Registry(topics, {}))


def breaking_changes(old: type[Event], new: type[Event]) -> list[BreakingChange]:
    """What the gate finds when the one becomes the other."""
    return list(compare(present(registry(old)), present(registry(new))))


def reads(cls: type[Event], **fields: object) -> bool:
    """Whether code with this class reads an event with these fields."""
    value = {"business_id": "b", "parcel_id": "p", **fields}
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=cls)
    except msgspec.ValidationError:
        return False
    return True
