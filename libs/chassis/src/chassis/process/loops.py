"""Loops that a process keeps running, and how they end: what one has in hand is done before it goes.

`WorkLoop` works off what lies in a table, woken by NOTIFY, with a look now and then as the fallback.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Final, TypeVar

import structlog

from chassis.backoff import Backoff
from chassis.database.database import Database, is_transient, wait_for_notices
from chassis.observability.loop_health import LoopHealth

log = structlog.get_logger(__name__)

T = TypeVar("T")

GRACE_SECONDS: Final = 10.0
"""Well below the time after which a pod is killed."""
_CANCEL_SECONDS: Final = 20.0
_CANCELS: Final = 5

Work = Callable[[], Awaitable[object]]
"""Does what is there to do now. A true result means that there may be more: it is called again at once."""


class WorkLoop:
    """Calls `work` until cancelled, in any number of replicas; a lost database is waited for."""

    def __init__(
        self, name: str, work: Work, database: Database, channel: str = "", *, every: float = 5.0
    ) -> None:
        """`every` is in seconds; without a `channel` it is all that wakes, as for rows whose time comes."""
        self._name = name
        self._work = work
        self._database = database
        self._channel = channel
        self._every = every
        self.health = LoopHealth()

    async def run(self) -> None:
        """Work; whatever is not a transient failure of the database ends the worker."""
        backoff = Backoff()
        while True:
            try:
                if self._channel:
                    await self._listening(backoff)
                else:
                    await self._until_idle(backoff)
                    await asyncio.sleep(self._every)
            except Exception as error:  # sorted here: what may pass is waited for, the rest ends the worker
                self.health.failed(type(error).__name__)
                if not is_transient(error):
                    raise
                log.warning("loop.interrupted", loop=self._name, error=repr(error))
                await backoff.wait()

    async def _listening(self, backoff: Backoff) -> None:
        connection = await self._database.session()
        async with connection:
            await connection.execute(f"LISTEN {self._channel}".encode())
            while True:
                await self._until_idle(backoff)
                await wait_for_notices(connection, self._every)

    async def _until_idle(self, backoff: Backoff) -> None:
        self.health.waits_for("its work to be done")
        while await self._work():
            self.health.moved()
        self.health.moved(rest=self._every)
        backoff.reset()


async def run_to_completion(work: Coroutine[object, object, T]) -> T:
    """The result of `work`. A caller that is cancelled meanwhile lets it end first, within the grace.

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


async def cancel_all(tasks: Collection[asyncio.Task[None]], seconds: float = _CANCEL_SECONDS) -> bool:
    """Cancel tasks and wait until they have cleaned up; whether all have ended.

    A task whose broker is gone can block in several awaits while it cleans up; each cancel() interrupts one.
    """
    left = set(tasks)
    for wait in (seconds, *[seconds / 20] * _CANCELS):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=wait)
    return not left
