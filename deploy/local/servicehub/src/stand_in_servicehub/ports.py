"""What the simulator asks of the outside world; `payments.PaymentLog` is the third."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from servicehub_events import Event
from servicehub_events.publisher import Published

from stand_in_servicehub.profile import Profile

Clock = Callable[[], datetime]
"""The present moment, aware."""


class EventPublisher(Protocol):
    """Sends events to Kafka: the contract's own publisher."""

    async def publish(self, event: Event, *, sequence: int, time: datetime, id: str) -> Published:  # noqa: A002
        """Send one event and wait until the broker has it. Raises PublishFailed."""
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
