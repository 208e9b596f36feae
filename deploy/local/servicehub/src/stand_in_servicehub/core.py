"""ServiceHub core itself: finds aggregates, records what happens to them and publishes it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple, Never

from servicehub_events import (
    Appointment,
    Customer,
    Envelope,
    Erased,
    Event,
    InvalidEvent,
    Invoice,
    InvoiceMoney,
    encode,
    invoice_money,
    topic_of,
    uuid7,
)

from stand_in_servicehub.errors import BadInput, Unavailable, Unknown
from stand_in_servicehub.ports import Clock, Portals, Publisher
from stand_in_servicehub.profile import Profile
from stand_in_servicehub.rows import Arrival, Kind, Logged
from stand_in_servicehub.store import Store

KINDS: Mapping[str, Kind] = {
    "customer_id": "customer",
    "appointment_id": "appointment",
    "invoice_id": "invoice",
}


class Outcome(NamedTuple):
    """What an action did: a sentence for people, and the events it published."""

    message: str
    published: list[Logged]


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@dataclass
class Core:
    """The records and the ways out. `ready` is set once the demo data is published."""

    store: Store
    publisher: Publisher
    portals: Portals
    profiles: Mapping[str, Profile]
    clock: Clock = utc_now
    waiting_for: str = "the start"
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def profile(self, name: str) -> Profile:
        """The business with this id or slug. Raises Unknown."""
        for profile in self.profiles.values():
            if name in (profile.business_id, profile.portal.slug):
                return profile
        known = ", ".join(self.profiles)
        raise Unknown(f"There is no business {name!r}. There are: {known}.")

    def today(self, profile: Profile) -> date:
        """The calendar day at the business."""
        return self.clock().astimezone(profile.zone).date()

    def customer(self, business_id: str, subject: str) -> Customer:
        """Raises Unknown, BadInput for an erased one."""
        state = self._state(business_id, "customer", subject)
        return state if isinstance(state, Customer) else _erased(subject)

    def appointment(self, business_id: str, subject: str) -> Appointment:
        """Raises Unknown, BadInput for an erased one."""
        state = self._state(business_id, "appointment", subject)
        return state if isinstance(state, Appointment) else _erased(subject)

    def invoice(self, business_id: str, subject: str) -> Invoice:
        """Raises Unknown, BadInput for an erased one."""
        state = self._state(business_id, "invoice", subject)
        return state if isinstance(state, Invoice) else _erased(subject)

    def money(self, invoice: Invoice) -> InvoiceMoney:
        """What is true of its money, with what customers paid in the portal."""
        payments = (row.payment for row in self.store.payments(invoice.business_id))
        return invoice_money(invoice, payments)

    def _state(self, business_id: str, kind: Kind, subject: str) -> Event:
        row = self.store.get(business_id, kind, subject)
        if row is None:
            raise Unknown(
                f"{business_id} has no {kind} {subject!r}. GET /api/businesses/{business_id} lists them."
            )
        return row.state

    def next_id(self, business_id: str, kind: Kind, prefix: str) -> str:
        """An id not used yet, counting on from the highest: `inv-1050`."""
        subjects = [str(getattr(row.state, f"{kind}_id")) for row in self.store.all(business_id, kind)]
        numbers = [int(tail) for subject in subjects if (tail := subject.removeprefix(prefix)).isdecimal()]
        return f"{prefix}{max(numbers, default=1000) + 1}"

    async def publish(self, *events: Event) -> Outcome:
        """Store the events as the newest versions, publish them, and say where they went.

        Raises BadInput for an event that breaks the contract, Unavailable when stored while Kafka is away.
        """
        positions = self.store.record(self._entries(events, [self.clock()] * len(events)))
        await self.flush()
        published = self.store.logged(positions)
        return Outcome("\n".join(line.sentence for line in published), published)

    def take(self, arrival: Arrival, events: Sequence[Event]) -> None:
        """Store what came by the log together with the events it leads to, which `flush` then publishes.

        Raises BadInput for an event that breaks the contract; then nothing is stored.
        """
        self.store.take(arrival, self._entries(events, [self.clock()] * len(events)))

    async def flush(self) -> None:
        """Publish all that waits, in order. Raises Unavailable; what is left is sent next time."""
        while batch := self.store.pending():
            for position, envelope in batch:
                partition = await self.publisher.publish(envelope)
                self.store.published(position, partition)

    def seed(self, events: Sequence[tuple[Event, datetime]]) -> None:
        """Store the first versions of a business's aggregates, all or none, with the time of each."""
        entries = self._entries([event for event, _ in events], [time for _, time in events])
        self.store.record(entries)

    def require_ready(self) -> None:
        """Raises Unavailable until the demo data is published."""
        if not self.ready.is_set():
            raise Unavailable(
                f"The demo data is being set up (waiting for {self.waiting_for}). Try again soon."
            )

    def _entries(self, events: Sequence[Event], times: Sequence[datetime]) -> list[tuple[Kind, Envelope]]:
        entries = [self._entry(event, time) for event, time in zip(events, times, strict=True)]
        for _, envelope in entries:
            _check(envelope)
        return entries

    def _entry(self, event: Event, time: datetime) -> tuple[Kind, Envelope]:
        topic = topic_of(type(event))
        kind, subject = KINDS[topic.id_field], str(getattr(event, topic.id_field))
        row = self.store.get(event.business_id, kind, subject)
        if row and isinstance(row.state, Erased):
            _erased(subject)
        sequence = row.version + 1 if row else 1
        return kind, Envelope(event=event, id=str(uuid7()), source=topic.source, time=time, sequence=sequence)


def _check(envelope: Envelope) -> None:
    try:
        encode(envelope)
    except InvalidEvent as error:
        raise BadInput(
            f"That breaks the event contract: {error}. Correct the values and try again."
        ) from None


def _erased(subject: str) -> Never:
    raise BadInput(f"{subject} was erased, and an erased id stays so: choose another one.")
