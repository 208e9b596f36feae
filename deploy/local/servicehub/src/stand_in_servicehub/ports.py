"""What the simulator asks of the outside world."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from servicehub_events import Envelope

from stand_in_servicehub.profile import Profile
from stand_in_servicehub.rows import Arrival

Clock = Callable[[], datetime]
"""The present moment, aware."""


class Publisher(Protocol):
    """Sends events to Kafka."""

    async def publish(self, envelope: Envelope) -> int:
        """Send one event and return its partition once the broker has it. Raises Unavailable."""
        ...


class Fetched(NamedTuple):
    """What a fetch brought; `positions` (partition → offset to read on from) has those that moved."""

    arrivals: Sequence[Arrival]
    positions: Mapping[int, int]


class PaymentLog(Protocol):
    """Reads the topic of payments. After Unavailable: `stop`, then `start` again."""

    async def start(self, positions: Mapping[int, int]) -> None:
        """Connect and go to these positions, elsewhere to the beginning. Raises Unavailable."""
        ...

    async def fetch(self) -> Fetched:
        """Wait a moment for records; what breaks the contract is passed over. Raises Unavailable."""
        ...

    async def commit(self, positions: Mapping[int, int]) -> None:
        """Tell Kafka how far we are, for those who look at lag. Raises Unavailable."""
        ...

    async def stop(self) -> None:
        """Let go of the connection, if there is one."""
        ...


class Portals(Protocol):
    """Branding, as ServiceHub's settings page uses it; calls may be repeated. Raises SimulatorError."""

    async def put_business(self, profile: Profile) -> None:
        """Set name, colours, languages and the rest."""
        ...

    async def put_logo(self, business_id: str, png: bytes) -> None:
        """Set the logo."""
        ...

    async def switch(self, business_id: str, *, enabled: bool) -> None:
        """Switch the portal on or off."""
        ...
