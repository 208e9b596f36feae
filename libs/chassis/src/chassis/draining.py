"""Ending in order: what a loop has in hand is finished before it goes."""

import asyncio
from collections.abc import Coroutine
from typing import Final, TypeVar

T = TypeVar("T")

GRACE_SECONDS: Final = 10.0
"""Well below the time after which a pod is killed."""


async def finished(work: Coroutine[object, object, T]) -> T:
    """The result of `work`. Whoever is cancelled meanwhile lets it end first, within the grace.

    A batch cut off would be done again by whoever comes next, and nobody could say whether it was committed.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
