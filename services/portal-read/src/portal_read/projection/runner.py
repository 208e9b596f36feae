"""Keeps every projection current that is marked as followed, the shown one and those beside it."""

import asyncio
from typing import Any, Final

import structlog
from chassis.context import ServiceContext
from chassis.database import is_transient
from chassis.events_in import Apply, Consumer
from chassis.observability import LoopHealth

from portal_read.projection.consumers import consumer_of
from portal_read.projection.names import SCHEMA_VERSION, ConsumerKind, schema_of
from portal_read.projection.register import list_followed

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 1.0


class ProjectionRunner:
    """A consumer of one kind for each followed projection of this build's version, looked up each second.

    So switching moves no consumer, whichever way; and a projection that another build made stays untouched.
    """

    def __init__(self, ctx: ServiceContext[Any], kind: ConsumerKind, *, only: str = "") -> None:
        """With `only`, that one alone: blue and green can have workers of their own."""
        self._ctx = ctx
        self._kind: ConsumerKind = kind
        self._only = only
        self._consumers: dict[str, Consumer] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._idle = LoopHealth()
        self._idle.failed("a projection to fill")

    @property
    def health(self) -> LoopHealth:
        """Of the consumer that is worst off, if there is any."""
        healths = [consumer.health for consumer in self._consumers.values()]
        return next((health for health in healths if health.stuck), healths[0] if healths else self._idle)

    def apply_of(self, group: str) -> Apply | None:
        """What applies the events of a consumer of this kind, whichever projection it fills."""
        return consumer_of(self._ctx, self._kind, schema_of(group)).apply_of(group)

    async def run(self) -> None:
        """Follow until cancelled; a consumer that ends by itself ends the worker with its error."""
        try:
            while True:
                await self._align()
                await self._watch()
        finally:
            for schema in list(self._running):
                await self._stop(schema)

    async def _align(self) -> None:
        """Start and stop consumers. While the database is away, those that run go on."""
        try:
            async with self._ctx.all_tenants() as tx:
                followed = await list_followed(tx)
        except Exception as error:  # a lost database is waited for, the rest ends the worker
            if not is_transient(error):
                raise
            log.warning("projection.interrupted", error=repr(error))
            return
        if self._only:
            followed &= {self._only}
        if not followed:
            log.warning("projection.nothing", version=SCHEMA_VERSION, remedy="portal projection rebuild")
        for schema in self._running.keys() - followed:
            await self._stop(schema)
        for schema in followed - self._running.keys():
            self._start(schema)

    def _start(self, schema: str) -> None:
        log.info("projection.started", projection=schema)
        self._consumers[schema] = consumer = consumer_of(self._ctx, self._kind, schema)
        self._running[schema] = asyncio.create_task(consumer.run(), name=consumer.name)

    async def _stop(self, schema: str) -> None:
        log.info("projection.stopped", projection=schema)
        del self._consumers[schema]
        task = self._running.pop(schema)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _watch(self) -> None:
        """Wait for the next look. Raises what ended a consumer."""
        if not self._running:
            await asyncio.sleep(_EVERY_SECONDS)
            return
        done, _ = await asyncio.wait(
            self._running.values(), timeout=_EVERY_SECONDS, return_when=asyncio.FIRST_EXCEPTION
        )
        for task in done:
            task.result()
