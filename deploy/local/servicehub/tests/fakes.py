"""Kafka and branding in memory."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime

from servicehub_events import DEFAULT_PARTITIONS, Envelope, Event, encode, partition_for, topic_of
from servicehub_events.publisher import Published, PublishFailed
from stand_in_servicehub.business import Profile
from stand_in_servicehub.core import AccountAnswer
from stand_in_servicehub.errors import Unavailable


@dataclass
class FakePublisher:
    """Keeps what was published; refuses the next `failures` calls."""

    sent: list[Envelope] = field(default_factory=list[Envelope])
    failures: int = 0

    async def publish(
        self,
        event: Event,
        *,
        sequence: int,
        time: datetime,
        id: str,  # noqa: A002
        quiet: bool,
        traceparent: str,
    ) -> Published:
        """Check the event as the real one does, and keep it."""
        if self.failures:
            self.failures -= 1
            raise PublishFailed("no_answer", "Kafka is away.")
        source = topic_of(type(event)).source
        envelope = Envelope(
            event=event,
            id=id,
            source=source,
            time=time,
            sequence=sequence,
            quiet=quiet,
            traceparent=traceparent,
        )
        record = encode(envelope)
        self.sent.append(envelope)
        return Published(id, record.topic, partition_for(record.key, DEFAULT_PARTITIONS), 0)


@dataclass
class FakePaymentLog:
    """The topic of payments. `refuses` has the numbers of batches, from 1, at which the broker is away.

    `at_end` is set once everything was read and stored.
    """

    records: list[Envelope] = field(default_factory=list[Envelope])
    refuses: frozenset[int] = frozenset()
    batches: int = 0
    opened: int = 0
    closed: int = 0
    at_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> AsyncGenerator[list[Envelope]]:
        """Record by record, from the first; at the end, wait for ever."""
        self.opened += 1
        try:
            for record in self.records:
                self.batches += 1
                if self.batches in self.refuses:
                    raise Unavailable("Kafka is away")
                yield [record]
            self.at_end.set()
            await asyncio.Event().wait()
        finally:
            self.closed += 1


READY = AccountAnswer("Customers can pay online.", "acct_sparkle", "ready")


@dataclass
class FakeAccounts:
    """Billing's answer, or None while it is away."""

    answer: AccountAnswer | None = READY

    async def account(self, business_id: str) -> AccountAnswer:
        """Say it."""
        if self.answer is None:
            raise Unavailable("Billing does not say.")
        return self.answer


@dataclass
class FakePortals:
    """Keeps what branding was told; refuses the next `failures` calls."""

    businesses: dict[str, Profile] = field(default_factory=dict[str, Profile])
    logos: dict[str, bytes] = field(default_factory=dict[str, bytes])
    enabled: dict[str, bool] = field(default_factory=dict[str, bool])
    failures: int = 0

    async def put_business(self, profile: Profile) -> None:
        """Keep the settings."""
        self._maybe_fail()
        self.businesses[profile.business_id] = profile

    async def put_logo(self, business_id: str, png: bytes) -> None:
        """Keep the logo."""
        self._maybe_fail()
        self.logos[business_id] = png

    async def switch(self, business_id: str, *, enabled: bool) -> None:
        """Keep the state of the switch."""
        self._maybe_fail()
        self.enabled[business_id] = enabled

    def _maybe_fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("branding is away")
