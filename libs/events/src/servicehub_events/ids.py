"""UUIDv7 (RFC 9562, method 1), unique, rising within a process also inside a millisecond; and trace ids."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

_COUNTER_BITS: Final = 12
_VERSION: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Uuid7:
    """A source of UUIDv7 values, each greater than the one before, even when the clock steps back."""

    def __init__(
        self, now_ms: Callable[[], int] = _now_ms, random_bits: Callable[[int], int] = secrets.randbits
    ) -> None:
        self._now_ms = now_ms
        self._random_bits = random_bits
        self._lock = threading.Lock()
        self._last_ms = -1
        self._counter = 0

    def __call__(self) -> UUID:
        """The next value: 48 bits of Unix milliseconds, a 12-bit counter, 62 random bits."""
        with self._lock:
            milliseconds, counter = self._tick()
        tail = _VERSION | counter << 64 | _VARIANT | self._random_bits(62)
        return UUID(int=milliseconds << 80 | tail)

    def _tick(self) -> tuple[int, int]:
        now = self._now_ms()
        if now > self._last_ms:
            # The top bit starts at zero so that a busy millisecond has room to count.
            self._last_ms, self._counter = now, self._random_bits(_COUNTER_BITS - 1)
        elif self._counter + 1 < 1 << _COUNTER_BITS:
            self._counter += 1
        else:
            self._last_ms, self._counter = self._last_ms + 1, 0
        return self._last_ms, self._counter


uuid7: Final = Uuid7()


def new_traceparent() -> str:
    """The `traceparent` of a trace that begins here (W3C Trace Context, 3.2), for who has no tracer."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
