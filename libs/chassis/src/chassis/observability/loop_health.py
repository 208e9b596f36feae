"""How far a loop has come, as readiness asks: is it stuck, or has it nothing to do?

A loop says what it waits for next, and each time that it got somewhere. To come round with nothing left to do
counts as getting somewhere, so a loop that is idle for hours is well, and one that hangs is not.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

PATIENCE_SECONDS: Final = 60.0
"""For so long a loop may get nowhere and still be called well."""


class Stuck(NamedTuple):
    """What a loop waits for, in words that name no person, and for how many seconds it has got nowhere."""

    waits_for: str
    seconds: int


class LoopHealth:
    """A loop reports to it, and readiness asks it. A loop is not well before it first got somewhere."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._waits_for = "its start"
        self._moved_at = monotonic()
        self._next_by = float("-inf")

    def waits_for(self, what: str) -> None:
        """Say what comes next. It may take a while."""
        self._waits_for = what

    def moved(self, *, rest: float = 0.0) -> None:
        """It got somewhere. `rest`: seconds for which it means to sleep now."""
        self._moved_at = self._monotonic()
        self._next_by = self._moved_at + rest + PATIENCE_SECONDS

    def failed(self, why: str) -> None:
        """Something went wrong: not well from now on, until it moves."""
        self._waits_for = why
        self._next_by = float("-inf")

    @property
    def stuck(self) -> Stuck | None:
        """None if all is well."""
        now = self._monotonic()
        return Stuck(self._waits_for, int(now - self._moved_at)) if now > self._next_by else None
