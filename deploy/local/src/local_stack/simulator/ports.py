"""What the simulator asks of the outside world."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from servicehub_events import Envelope

from local_stack.simulator.profile import Profile

Clock = Callable[[], datetime]
"""The present moment, aware."""


class Publisher(Protocol):
    """Sends events to Kafka."""

    async def publish(self, envelope: Envelope) -> int:
        """Send one event and return its partition once the broker has it. Raises Unavailable."""
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
