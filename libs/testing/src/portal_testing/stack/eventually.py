"""Waiting for a condition: the only place where tests and benchmarks pass time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class NeverHappened(AssertionError):
    """The condition did not come true in time; the text says which one, and what was seen last."""


async def eventually(
    probe: Callable[[], Awaitable[T]],
    *,
    what: str,
    within: float,
    every: float = 0.05,
    met: Callable[[T], bool] = bool,
) -> T:
    """Call `probe` every so many seconds until `met` holds of its answer, and return that answer.

    Raises `NeverHappened` after `within` seconds, naming `what` was waited for.
    """
    deadline = time.monotonic() + within
    while not met(seen := await probe()):
        if time.monotonic() > deadline:
            raise NeverHappened(f"{what}: not within {within:g} s; last seen: {seen!r}")
        await asyncio.sleep(every)
    return seen
