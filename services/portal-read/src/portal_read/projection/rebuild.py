"""Fills a projection from the beginning of the log to its end, beside live traffic.

The same projector and the same consumers as in a worker, under this projection's own names: so it sends
nothing, and whatever is stored is stored together with its position. Killed, it goes on from there.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import msgspec
from chassis.context import ServiceContext
from chassis.database import Transaction
from chassis.events_in import positions
from chassis.events_in.positions import PartitionOffsets
from servicehub_events import Envelope

from portal_read.projection.names import CONSUMER_KINDS, consumer_names
from portal_read.projection.projector import Projector, consumer_of
from portal_read.projection.register import find_projection
from portal_read.projection.sealed_states import FillingSettings, StateCipher
from portal_read.projection.status import LogEnds, log_ends

_EVERY_SECONDS: Final = 0.5
_ABREAST: Final = 2
"""Consumers of each kind, which share its partitions: one decodes while the other waits for PostgreSQL."""
# What a crash of PostgreSQL takes back it takes back together with the position: nothing to wait for.
_HURRY: Final = "SET LOCAL synchronous_commit = off"


class RebuildProgress(NamedTuple):
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


class Rebuild:
    """One projection being filled."""

    def __init__(self, ctx: ServiceContext[FillingSettings], schema: str) -> None:
        # A worker may run in the same pod, with the same name in its groups: both would fence each other.
        settings = msgspec.structs.replace(ctx.settings, kafka_instance_id="")
        self._ctx = replace(ctx, settings=settings)
        self._schema = schema
        self._projector = Projector(schema, StateCipher.of(settings.field_encryption_keys))
        self._events = 0

    async def run(self, *, on: bool = False) -> AsyncGenerator[RebuildProgress]:
        """Fill, and say how far it is twice a second, until it is complete; or go `on` until cancelled.

        Raises `CommandRefused` when the projection is dropped meanwhile, and whatever ends a consumer.
        """
        consumers = [
            consumer_of(self._ctx, kind, self._schema, self._apply)
            for _ in range(_ABREAST)
            for kind in CONSUMER_KINDS
        ]
        running = [asyncio.create_task(consumer.run(), name=consumer.name) for consumer in consumers]
        try:
            async with log_ends(self._ctx.settings) as log:
                async for progress in self._watch(log, running):
                    yield progress
                    if progress.complete and not on:
                        return
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _apply(self, tx: Transaction, batch: Sequence[Envelope]) -> None:
        await tx.run(_HURRY)
        await self._projector.apply(tx, batch)  # what came too late was noticed when it came
        self._events += len(batch)

    async def _watch(
        self, log: LogEnds, running: Sequence[asyncio.Task[None]]
    ) -> AsyncGenerator[RebuildProgress]:
        """Complete is what has reached the ends of the look before: live traffic moves them all the time."""
        pace = _Pace()
        begins: PartitionOffsets = {}
        ends: PartitionOffsets = {}
        while True:
            at = await self._positions()
            complete = bool(at) and at.keys() == ends.keys() and all(at[tp] >= ends[tp] for tp in at)
            if at:
                begins, ends = await log.beginnings(at.keys()), await log.ends(at.keys())
            done = sum(max(0, at[tp] - begins[tp]) for tp in at)
            total = sum(max(0, ends[tp] - begins[tp]) for tp in at)
            yield pace.progress(min(done, total), total, self._events, complete=complete)
            ended, _ = await asyncio.wait(
                running, timeout=_EVERY_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            for task in ended:
                task.result()

    async def _positions(self) -> PartitionOffsets:
        """Those of both kinds together; nothing until each has its partitions."""
        async with self._ctx.all_tenants() as tx:
            await find_projection(tx, self._schema)
            names = consumer_names(self._schema)
            parts = [await positions.stored(tx, name) for name in names]
        return {tp: at for part in parts for tp, at in part.items()} if all(parts) else {}


class _Pace:
    """Rate and time left, by the looks of the last ten seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._looks: list[tuple[float, int, int]] = []

    def progress(self, done: int, total: int, events: int, *, complete: bool) -> RebuildProgress:
        now = time.monotonic()
        self._looks = [*(look for look in self._looks if now - look[0] <= 10), (now, done, events)]
        then, done_then, events_then = self._looks[0]
        seconds = now - then
        rate = (events - events_then) / seconds if seconds else 0.0
        speed = (done - done_then) / seconds if seconds else 0.0
        left = (total - done) / speed if speed > 0 else None
        return RebuildProgress(done, total, events, now - self._began, rate, left, complete)
