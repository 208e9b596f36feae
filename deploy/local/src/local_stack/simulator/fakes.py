"""Kafka and branding in memory, for tests."""

from dataclasses import dataclass, field

from servicehub_events import DEFAULT_PARTITIONS, Envelope, encode, partition_for

from local_stack.simulator.errors import Unavailable
from local_stack.simulator.profile import Profile


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
