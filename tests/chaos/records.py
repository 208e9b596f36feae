"""Everything that is published, decided beforehand from one seed: rising versions with gaps, repeats, late
arrivals, erasures, and records that nobody can read."""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from servicehub_events import (
    CustomerErased,
    Envelope,
    Event,
    WireRecord,
    encode,
    partition_for,
    topic_of,
    uuid7,
)
from servicehub_events.topics import DEFAULT_PARTITIONS, MAX_BYTES

from . import aggregates
from .aggregates import BUSINESSES

Make = Callable[[int], Event]
"""The state of one aggregate at a version."""


class Sending(NamedTuple):
    """One record to publish. `partition` is None for the one its key belongs to."""

    kind: str
    record: WireRecord
    partition: int | None = None


@dataclass
class Aggregate:
    """One aggregate as its publisher knows it."""

    make: Make
    may_end: bool
    version: int = 0
    last: WireRecord | None = None
    ended: bool = False


def first_words(doors: int) -> list[Sending]:
    """The customers who will sign in: told before anything is killed."""
    words: list[Sending] = []
    for business_id in BUSINESSES:
        for number in range(doors):
            event = aggregates.customer(business_id, aggregates.door(number), 1)
            words.append(Sending("event", wire(event, 1)))
    return words


@dataclass
class Story:
    """The rest, told one after the other by `tell`."""

    seed: int
    doors: int
    aggregates: list[Aggregate] = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self.aggregates = [one for business_id in BUSINESSES for one in self._of(business_id)]

    def _of(self, business_id: str) -> Iterator[Aggregate]:
        """The same ids in each business: whoever forgets the business mixes them up."""
        for number in range(self.doors):
            yield _revised(business_id, aggregates.door(number), 1)
        for number in range(24):
            customer_id = f"cu-{number}"
            yield _revised(business_id, customer_id, 0)
            for part in range(2):
                yield from _work(business_id, f"{number}-{part}", customer_id)

    def tell(self, count: int, poison: int) -> Iterator[Sending]:
        """`count` readable records and `poison` others, some of them repeated or late."""
        bad = set(self._random.sample(range(count), poison))
        held: list[tuple[int, Sending]] = []
        for number in range(count):
            if number in bad:
                yield self._unreadable(len(bad))
                bad.remove(number)
            elif held and held[0][0] <= number:
                yield heapq.heappop(held)[1]
            else:
                now, *late = self._next()
                yield now
                for one in late:
                    heapq.heappush(held, (number + self._random.randint(1, 300), one))
        yield from (one for _, one in sorted(held, key=lambda pair: pair[0]))

    def _next(self) -> Iterator[Sending]:
        """The next word on some aggregate, then those that come late."""
        one = self._random.choice(self.aggregates)
        chance = self._random.random()
        if one.ended and one.last is not None:
            yield Sending("duplicate", one.last)
            return
        if chance < 0.012 and one.may_end:
            yield from self._end(one)
            return
        early, version = self._rise(one), self._rise(one)
        one.last = wire(one.make(version), version)
        yield Sending("event", one.last)
        if chance < 0.15:
            yield Sending("late", wire(one.make(early), early))
        elif chance < 0.3:
            yield Sending("duplicate", one.last)

    def _end(self, one: Aggregate) -> Iterator[Sending]:
        """Erased, and what was on its way meanwhile arrives afterwards."""
        late, end = self._rise(one), self._rise(one)
        one.ended = True
        one.last = wire(aggregates.erased(one.make(end)), end)
        yield Sending("erased", one.last)
        yield Sending("late", wire(one.make(late), late))
        if isinstance(aggregates.erased(one.make(end)), CustomerErased):
            beyond = self._rise(one)  # a later word of an erased customer counts no more
            yield Sending("late", wire(one.make(beyond), beyond))

    def _rise(self, one: Aggregate) -> int:
        one.version += self._random.randint(1, 4)
        return one.version

    def _unreadable(self, number: int) -> Sending:
        """A good record of an id of its own, bent in one way."""
        bend = _BENDS[number % len(_BENDS)]
        business_id = self._random.choice(BUSINESSES)
        events = (
            aggregates.customer(business_id, f"bad-{number}", 1),
            aggregates.visit(business_id, f"bad-{number}", "cu-1", 1),
            aggregates.invoice(business_id, f"bad-{number}", "cu-1", 1),
        )
        return bend(wire(self._random.choice(events), 1))


def wire(event: Event, version: int) -> WireRecord:
    """The record of an event."""
    source = topic_of(type(event)).source
    return encode(
        Envelope(event=event, id=str(uuid7()), source=source, time=datetime.now(UTC), sequence=version)
    )


def _revised(business_id: str, customer_id: str, version: int) -> Aggregate:
    def make(at: int) -> Event:
        return aggregates.customer(business_id, customer_id, at)

    return Aggregate(make, may_end=not version, version=version)


def _work(business_id: str, number: str, customer_id: str) -> Iterator[Aggregate]:
    """A visit, an invoice and a payment."""
    yield Aggregate(lambda at: aggregates.visit(business_id, f"ap-{number}", customer_id, at), may_end=True)
    yield Aggregate(lambda at: aggregates.invoice(business_id, f"in-{number}", customer_id, at), may_end=True)
    yield Aggregate(
        lambda at: aggregates.payment(business_id, f"pa-{number}", f"in-{number}", customer_id, at),
        may_end=False,
    )


def _bad_json(good: WireRecord) -> Sending:
    return Sending("poison", good._replace(value=good.value[:-9]))


def _unknown_type(good: WireRecord) -> Sending:
    return _with_header(good, "ce_type", b"servicehub.CustomerTeleported.v1")


def _unknown_version(good: WireRecord) -> Sending:
    kind = dict(good.headers)["ce_type"]
    return _with_header(good, "ce_type", kind.removesuffix(b"1") + b"999")


def _foreign_key(good: WireRecord) -> Sending:
    return Sending("poison", good._replace(key=good.key + b"-other"))


def _no_sequence(good: WireRecord) -> Sending:
    headers = tuple(pair for pair in good.headers if pair[0] != "ce_sequence")
    return Sending("poison", good._replace(headers=headers))


def _missing_field(good: WireRecord) -> Sending:
    return Sending("poison", good._replace(value=good.value.replace(b'"customer_id"', b'"customer"', 1)))


def _too_large(good: WireRecord) -> Sending:
    return Sending("poison", good._replace(value=good.value + b" " * MAX_BYTES))


def _nul(good: WireRecord) -> Sending:
    """JSON holds it, PostgreSQL does not."""
    return Sending("poison", good._replace(value=good.value.replace(b"Version 1", b"Version \\u00001", 1)))


def _no_headers(good: WireRecord) -> Sending:
    return Sending("poison", good._replace(headers=()))


def _foreign_partition(good: WireRecord) -> Sending:
    theirs = partition_for(good.key, DEFAULT_PARTITIONS)
    return Sending("poison", good, (theirs + 1) % DEFAULT_PARTITIONS)


def _with_header(good: WireRecord, name: str, value: bytes) -> Sending:
    headers = tuple((n, value if n == name else v) for n, v in good.headers)
    return Sending("poison", good._replace(headers=headers))


_BENDS = (
    *(_bad_json, _unknown_type, _unknown_version, _foreign_key, _no_sequence, _missing_field),
    *(_too_large, _nul, _no_headers, _foreign_partition),
)
KINDS_OF_POISON = len(_BENDS)
"""So many records that nobody can read show every kind."""
