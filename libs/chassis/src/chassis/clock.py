"""Time and identity as ports, so that tests choose both."""

from collections.abc import Callable
from datetime import UTC, datetime

from servicehub_events.ids import uuid7

Clock = Callable[[], datetime]
"""Gives the present as an aware datetime."""

NewId = Callable[[], str]
"""Gives a new UUIDv7 as text."""


def system_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7 (RFC 9562): unique, and rising with time."""
    return str(uuid7())
