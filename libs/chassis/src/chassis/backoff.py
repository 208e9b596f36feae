"""Waiting after a failure: longer each time, never in step with the others."""

import asyncio
import random


class Backoff:
    """Exponential with full jitter, from 0.1 s to at most 5 s."""

    def __init__(self, *, first: float = 0.1, limit: float = 5.0) -> None:
        self._first = first
        self._limit = limit
        self._failures = 0

    def reset(self) -> None:
        """Things work again."""
        self._failures = 0

    async def wait(self) -> None:
        """Wait the next time span."""
        longest = min(self._limit, self._first * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        await asyncio.sleep(random.uniform(longest / 2, longest))  # noqa: S311  # spreads load, guards nothing
