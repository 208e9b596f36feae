"""Which class an event type means, on which topic it travels, and how older versions are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final, Generic, TypeVar

import msgspec

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.bounds import Within, within_years
from servicehub_events.errors import UnknownType, UnknownVersion
from servicehub_events.topics import TOPICS, Topic

State = dict[str, object]
Upcaster = Callable[[State], State]
E = TypeVar("E", bound=Event)

UPCASTERS: Final[Mapping[tuple[str, int], Upcaster]] = {}
"""(event name, version) → the same state one version later. Applied one after the other at read time."""

_TYPE = re.compile(r"([a-z]+\.[A-Za-z]+)\.v([1-9][0-9]{0,5})\Z")


class Kind(Generic[E]):
    """One kind of event: its class, topic, compiled decoder, and the check of its dates.

    These two are made when first asked for: no process reads every kind, and every process starts.
    """

    def __init__(self, cls: type[E], topic: Topic) -> None:
        self.cls = cls
        self.topic = topic
        self.name = f"{topic.owner}.{cls.__name__}"
        self.type = f"{self.name}.v{cls.version}"

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[E]:
        """Reads a value of this kind."""
        return msgspec.json.Decoder(self.cls)

    @cached_property
    def within_years(self) -> Within:
        """Whether every date and time of an event lies within the years of the contract."""
        return within_years(self.cls)

    def subject(self, event: Event) -> str:
        """The id of the aggregate that an event of this kind is about."""
        return str(getattr(event, self.topic.id_field))


class Registry:
    """The catalogue looked up by class and by type."""

    def __init__(self, topics: Iterable[Topic], upcasters: Mapping[tuple[str, int], Upcaster]) -> None:
        self.topics: Final = {topic.name: topic for topic in topics}
        kinds = [Kind(cls, topic) for topic in self.topics.values() for cls in topic.events]
        self._by_class = {kind.cls: kind for kind in kinds}
        self._by_name = {kind.name: kind for kind in kinds}
        self._by_type = {kind.type: (kind, kind.cls.version) for kind in kinds}
        self._upcasters = upcasters

    def kinds(self) -> tuple[Kind[Event], ...]:
        """Every kind of event, in the order of the catalogue."""
        return tuple(self._by_class.values())

    def of_class(self, cls: type[Event]) -> Kind[Event]:
        """The kind of a class. Raises TypeError for one that is not an event of the catalogue."""
        try:
            return self._by_class[cls]
        except KeyError:
            raise TypeError(f"{cls.__name__} is not an event of the catalogue (a state class?)") from None

    def of_type(self, event_type: str) -> tuple[Kind[Event], int]:
        """The kind a `ce_type` names, and the version written. Raises UnknownType or UnknownVersion."""
        if present := self._by_type.get(event_type):
            return present
        match = _TYPE.match(event_type)
        if not match:
            raise UnknownType("ce_type does not read like `portal.PaymentCaptured.v1`")
        name, version = match[1], int(match[2])
        kind = self._by_name.get(name)
        if kind is None:
            raise UnknownType(f"the catalogue has no event {name[:80]}")
        if version > kind.cls.version:
            raise UnknownVersion(f"{name} is known up to v{kind.cls.version}, not v{version}")
        return kind, version

    def steps(self) -> frozenset[tuple[str, int]]:
        """(event name, version) of every upcaster there is."""
        return frozenset(self._upcasters)

    def upcast(self, kind: Kind[Event], version: int, state: State) -> State:
        """The state as of the kind's present version. Raises UnknownVersion when a step is missing."""
        for step in range(version, kind.cls.version):
            upcaster = self._upcasters.get((kind.name, step))
            if upcaster is None:
                raise UnknownVersion(f"{kind.name} has no upcaster from v{step}")
            state = upcaster(state)
        return state


REGISTRY: Final = Registry(TOPICS, UPCASTERS)


def event_type(cls: type[Event]) -> str:
    """The `ce_type` of an event class: `servicehub.AppointmentScheduled.v1`."""
    return REGISTRY.of_class(cls).type


def topic_of(cls: type[Event]) -> Topic:
    """The topic an event class travels on."""
    return REGISTRY.of_class(cls).topic
