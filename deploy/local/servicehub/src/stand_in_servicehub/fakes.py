"""Kafka and branding in memory, for tests."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from servicehub_events import DEFAULT_PARTITIONS, Envelope, encode, partition_for

from stand_in_servicehub.errors import Unavailable
from stand_in_servicehub.ports import Fetched
from stand_in_servicehub.profile import Profile
from stand_in_servicehub.rows import Arrival


@dataclass
class FakePublisher:
    """Keeps what was published; refuses the next `failures` calls."""

    sent: list[Envelope] = field(default_factory=list[Envelope])
    failures: int = 0

    async def publish(self, envelope: Envelope) -> int:
        """Check the event as the real one does, and keep it."""
        if self.failures:
            self.failures -= 1
            raise Unavailable("Kafka is away")
        record = encode(envelope)
        self.sent.append(envelope)
        return partition_for(record.key, DEFAULT_PARTITIONS)


@dataclass
class FakePaymentLog:
    """A topic of one partition. `refuses` has the numbers of fetches, from 1, at which the broker is away.

    `at_end` is set once everything was read and stored.
    """

    records: list[Envelope] = field(default_factory=list[Envelope])
    refuses: frozenset[int] = frozenset()
    fetches: int = 0
    starts: list[Mapping[int, int]] = field(default_factory=list[Mapping[int, int]])
    committed: Mapping[int, int] = field(default_factory=dict[int, int])
    at_end: asyncio.Event = field(default_factory=asyncio.Event)
    position: int = 0

    async def start(self, positions: Mapping[int, int]) -> None:
        """Go there."""
        self.starts.append(positions)
        self.position = positions.get(0, 0)

    async def fetch(self) -> Fetched:
        """One record; at the end, wait for ever."""
        self.fetches += 1
        if self.fetches in self.refuses:
            raise Unavailable("Kafka is away")
        if self.position == len(self.records):
            self.at_end.set()
            await asyncio.Event().wait()
        record = self.records[self.position]
        self.position += 1
        return Fetched([Arrival(0, self.position, record)], {0: self.position})

    async def commit(self, positions: Mapping[int, int]) -> None:
        """Keep it."""
        self.committed = positions

    async def stop(self) -> None:
        """Nothing to let go of."""


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
