"""Keeps every projection current that is marked as followed, the shown one and those beside it."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from chassis.database.database import Database, is_transient
from chassis.events_in.consumer import Apply, Consumer
from chassis.observability.loop_health import LoopHealth

from portal_read.blue_green import register
from portal_read.projections import SHAPE, schema_of

log = structlog.get_logger(__name__)

_EVERY: Final = 1.0


class Following:
    """One lane: a consumer for each followed projection of this build's shape, looked up each second.

    So switching moves no consumer, whichever way; and a projection that another build made stays untouched.
    """

    def __init__(self, database: Database, consumer_of: Callable[[str], Consumer], *, only: str = "") -> None:
        """With `only`, that one alone: blue and green can have workers of their own."""
        self._database = database
        self._consumer_of = consumer_of
        self._only = only
        self._consumers: dict[str, Consumer] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._idle = LoopHealth()
        self._idle.failed("a projection to fill")

    @property
    def health(self) -> LoopHealth:
        """Of the consumer that is worst off, if there is any."""
        each = [consumer.health for consumer in self._consumers.values()]
        return next((one for one in each if one.stuck), each[0] if each else self._idle)

    def apply_of(self, group: str) -> Apply | None:
        """What applies the events of a consumer of this lane, whichever projection it fills."""
        return self._consumer_of(schema_of(group)).apply_of(group)

    async def run(self) -> None:
        """Follow until cancelled; a consumer that ends by itself ends the worker with its error."""
        try:
            while True:
                await self._align()
                await self._look_after()
        finally:
            for schema in list(self._running):
                await self._stop(schema)

    async def _align(self) -> None:
        """Start and stop consumers. While the database is away, those that run go on."""
        try:
            async with self._database.transaction() as connection:
                wanted = await register.followed(connection)
        except Exception as error:  # a lost database is waited for, the rest ends the worker
            if not is_transient(error):
                raise
            log.warning("following.interrupted", error=repr(error))
            return
        if self._only:
            wanted &= {self._only}
        if not wanted:
            log.warning("following.nothing", shape=SHAPE, remedy="portal projection rebuild")
        for schema in self._running.keys() - wanted:
            await self._stop(schema)
        for schema in wanted - self._running.keys():
            self._start(schema)

    def _start(self, schema: str) -> None:
        log.info("following.started", projection=schema)
        self._consumers[schema] = consumer = self._consumer_of(schema)
        self._running[schema] = asyncio.create_task(consumer.run(), name=consumer.name)

    async def _stop(self, schema: str) -> None:
        log.info("following.stopped", projection=schema)
        del self._consumers[schema]
        task = self._running.pop(schema)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _look_after(self) -> None:
        if not self._running:
            await asyncio.sleep(_EVERY)
            return
        done, _ = await asyncio.wait(
            self._running.values(), timeout=_EVERY, return_when=asyncio.FIRST_EXCEPTION
        )
        for task in done:
            task.result()
