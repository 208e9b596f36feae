"""What is published, decided beforehand from one seed: rising versions with gaps, repeats, late arrivals,
erasures, and malformed records.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from servicehub_events import CustomerErased, Envelope, Event, WireRecord, encode, topic_of, uuid7

from tests.chaos.actors import aggregates
from tests.chaos.actors.aggregates import BUSINESSES
from tests.chaos.actors.malformed_records import malformed

_CUSTOMERS = 24


class Sending(NamedTuple):
    """One record to publish."""

    kind: str
    record: WireRecord


@dataclass
class PublishedAggregate:
    """One aggregate as its publisher knows it; `make` gives its state at a version."""

    make: Callable[[int], Event]
    may_end: bool
    version: int = 0
    last: WireRecord | None = None
    ended: bool = False


def sending(event: Event, version: int) -> Sending:
    """An event as its owner sends it."""
    return Sending("event", _encoded(event, version))


def residents(count: int) -> list[Sending]:
    """The customers of each business who will sign in."""
    return [
        sending(aggregates.customer(business_id, aggregates.resident(number), 1), 1)
        for business_id in BUSINESSES
        for number in range(count)
    ]


@dataclass
class RecordStream:
    """A story about the residents and others, continued by each `take`."""

    seed: int
    residents: int
    aggregates: list[PublishedAggregate] = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self.aggregates = [one for business_id in BUSINESSES for one in self._of(business_id)]

    def _of(self, business_id: str) -> Iterator[PublishedAggregate]:
        """The same ids in each business: whoever forgets the business mixes them up."""
        for number in range(self.residents):
            yield _customer(business_id, aggregates.resident(number), 1)
        for number in range(_CUSTOMERS):
            customer_id = f"cu-{number}"
            yield _customer(business_id, customer_id, 0)
            for part in range(2):
                yield from _work(business_id, f"{number}-{part}", customer_id)

    def take(self, count: int, malformed_count: int = 0) -> Iterator[Sending]:
        """`count` records, so many of them malformed, some repeated; then what is still late."""
        bad = set(self._random.sample(range(count), malformed_count))
        held: list[tuple[int, Sending]] = []
        for number in range(count):
            if number in bad:
                yield self._malformed(len(bad))
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
        """The next event of some aggregate, then those that come late."""
        one = self._random.choice(self.aggregates)
        chance = self._random.random()
        if one.ended and one.last is not None:
            yield Sending("duplicate", one.last)
            return
        if chance < 0.012 and one.may_end:
            yield from self._end(one)
            return
        early, version = self._rise(one), self._rise(one)
        one.last = _encoded(one.make(version), version)
        yield Sending("event", one.last)
        if chance < 0.15:
            yield Sending("late", _encoded(one.make(early), early))
        elif chance < 0.3:
            yield Sending("duplicate", one.last)

    def _end(self, one: PublishedAggregate) -> Iterator[Sending]:
        """Erased, and what was on its way meanwhile arrives afterwards."""
        late, end = self._rise(one), self._rise(one)
        one.ended = True
        erasure = aggregates.erased(one.make(end))
        one.last = _encoded(erasure, end)
        yield Sending("erased", one.last)
        yield Sending("late", _encoded(one.make(late), late))
        if isinstance(erasure, CustomerErased):
            beyond = self._rise(one)  # a later version of an erased customer counts no more
            yield Sending("late", _encoded(one.make(beyond), beyond))

    def _rise(self, one: PublishedAggregate) -> int:
        one.version += self._random.randint(1, 4)
        return one.version

    def _malformed(self, number: int) -> Sending:
        """A good record of an id of its own, bent in one way."""
        business_id = self._random.choice(BUSINESSES)
        events = (
            aggregates.customer(business_id, f"bad-{number}", 1),
            aggregates.appointment(business_id, f"bad-{number}", "cu-1", 1),
            aggregates.invoice(business_id, f"bad-{number}", "cu-1", 1),
        )
        return Sending("malformed", malformed(_encoded(self._random.choice(events), 1), number))


def _encoded(event: Event, version: int) -> WireRecord:
    source = topic_of(type(event)).source
    return encode(
        Envelope(event=event, id=str(uuid7()), source=source, time=datetime.now(UTC), sequence=version)
    )


def _customer(business_id: str, customer_id: str, version: int) -> PublishedAggregate:
    def make(at: int) -> Event:
        return aggregates.customer(business_id, customer_id, at)

    return PublishedAggregate(make, may_end=not version, version=version)


def _work(business_id: str, number: str, customer_id: str) -> Iterator[PublishedAggregate]:
    """An appointment, an invoice and a payment."""
    ids = (business_id, f"ap-{number}", customer_id)
    yield PublishedAggregate(lambda at: aggregates.appointment(*ids, at), may_end=True)
    invoice_id = f"in-{number}"
    yield PublishedAggregate(
        lambda at: aggregates.invoice(business_id, invoice_id, customer_id, at), may_end=True
    )
    payment = (business_id, f"pa-{number}", invoice_id, customer_id)
    yield PublishedAggregate(lambda at: aggregates.payment(*payment, at), may_end=False)
