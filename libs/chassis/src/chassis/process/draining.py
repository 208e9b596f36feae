"""Ending in order: what a loop has in hand is finished before it goes; none keeps the process for ever."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Final, TypeVar

T = TypeVar("T")

GRACE_SECONDS: Final = 10.0
"""Well below the time after which a pod is killed."""
_PATIENCE_SECONDS: Final = 20.0
_TRIES: Final = 5
"""Whose servers are gone may hang in putting things away: each cancellation takes it out of one wait."""


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


async def ended(tasks: Collection[asyncio.Task[None]], patience: float = _PATIENCE_SECONDS) -> bool:
    """Cancel tasks and wait until they have put away what they hold; whether all have, in the end."""
    left = set(tasks)
    for wait in (patience, *[patience / 20] * _TRIES):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=wait)
    return not left
