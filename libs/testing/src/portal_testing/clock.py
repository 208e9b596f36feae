"""A clock that is moved by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

AT = datetime(2026, 11, 22, tzinfo=UTC)
"""When things happen in tests that do not say when."""


@dataclass
class FakeClock:
    """A `Clock` that stands still until it is moved."""

    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """The same as Unix time."""
        return self.now.timestamp()

    def pass_time(self, **spans: float) -> None:
        """Let time pass: `pass_time(minutes=5)`."""
        self.now += timedelta(**spans)
