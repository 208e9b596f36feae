"""Fills a projection from the beginning of the log to its end, beside live traffic.

The same projector and the same consumers as in a worker, under this projection's own names: so it sends
nothing, and whatever is stored is stored together with its position. Killed, it goes on from there.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from chassis.database.database import Database
from chassis.events_in import positions
from chassis.events_in.consumer import Consumer
from chassis.events_in.records import Received
from chassis.kafka import TopicPartition
from chassis.settings.base import ServiceSettings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from portal_read.projection.consumers import consumers
from portal_read.projection.log_ends import LogEnds, log_ends
from portal_read.projection.names import lanes
from portal_read.projection.projector import Projector
from portal_read.projection.register import find

_EVERY: Final = 0.5
_ABREAST: Final = 2
"""Consumers a lane, which share its partitions: one decodes while the other waits for PostgreSQL."""
# What a crash of PostgreSQL takes back it takes back together with the position: nothing to wait for.
_HURRY: Final = text("SET LOCAL synchronous_commit = off")


class Progress(NamedTuple):
    """How far it is. `done` and `total` count offsets, with what compaction took away; `events` were applied.

    `rate` is events a second of the last seconds, `left` the seconds to go at this pace, None while unknown.
    """

    done: int
    total: int
    events: int
    seconds: float
    rate: float
    left: float | None
    complete: bool


class Filling:
    """One projection being filled."""

    def __init__(self, schema: str, settings: ServiceSettings, database: Database) -> None:
        self._schema = schema
        # A worker may run in the same pod, with the same name in its groups: both would fence each other.
        self._settings = msgspec.structs.replace(settings, kafka_instance_id="")
        self._database = database
        self._projector = Projector(schema)
        self._events = 0

    async def run(self, *, on: bool = False) -> AsyncGenerator[Progress]:
        """Fill, and say how far it is twice a second, until it is complete; or go `on` until cancelled.

        Raises `Refused` when the projection is dropped meanwhile, and whatever ends a consumer.
        """
        loops = [loop for _ in range(_ABREAST) for loop in self._lanes()]
        running = [asyncio.create_task(loop.run(), name=loop.name) for loop in loops]
        try:
            async with log_ends(self._settings) as log:
                async for progress in self._watched(log, running):
                    yield progress
                    if progress.complete and not on:
                        return
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _lanes(self) -> Sequence[Consumer]:
        return consumers(self._schema, self._apply, self._settings, self._database)

    async def _apply(self, connection: AsyncConnection, events: Sequence[Received]) -> None:
        await connection.execute(_HURRY)
        await self._projector.apply(connection, events)
        self._events += len(events)

    async def _watched(self, log: LogEnds, running: Sequence[asyncio.Task[None]]) -> AsyncGenerator[Progress]:
        """Complete is what has reached the ends of the look before: live traffic moves them all the time."""
        pace = _Pace()
        begins: Mapping[TopicPartition, int] = {}
        ends: Mapping[TopicPartition, int] = {}
        while True:
            at = await self._positions()
            complete = bool(at) and at.keys() == ends.keys() and all(at[tp] >= ends[tp] for tp in at)
            if at:
                begins, ends = await log.beginnings(at.keys()), await log.ends(at.keys())
            done = sum(max(0, at[tp] - begins[tp]) for tp in at)
            total = sum(max(0, ends[tp] - begins[tp]) for tp in at)
            yield pace.progress(min(done, total), total, self._events, complete=complete)
            finished, _ = await asyncio.wait(running, timeout=_EVERY, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                task.result()

    async def _positions(self) -> Mapping[TopicPartition, int]:
        """Both lanes together; nothing until each has its partitions."""
        async with self._database.transaction() as connection:
            await find(connection, self._schema)
            parts = [await positions.stored(connection, name) for name in lanes(self._schema)]
        return {tp: at for part in parts for tp, at in part.items()} if all(parts) else {}


class _Pace:
    """Rate and time left, by the looks of the last ten seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._looks: list[tuple[float, int, int]] = []

    def progress(self, done: int, total: int, events: int, *, complete: bool) -> Progress:
        now = time.monotonic()
        self._looks = [*(look for look in self._looks if now - look[0] <= 10), (now, done, events)]
        then, done_then, events_then = self._looks[0]
        seconds = now - then
        rate = (events - events_then) / seconds if seconds else 0.0
        speed = (done - done_then) / seconds if seconds else 0.0
        left = (total - done) / speed if speed > 0 else None
        return Progress(done, total, events, now - self._began, rate, left, complete)
