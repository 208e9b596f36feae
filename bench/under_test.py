"""`python -m bench.under_test projector|flat|reading|stages|documents COUNT`: one run, in its own process.

It has a core of its own. The environment is that of a portal-read worker, of documents that of a notifier's.
Prints one JSON object.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from chassis.context import ServiceContext
from chassis.database import LOCKED_AT_ONCE, Database, Transaction
from chassis.events_in import Consumer, react
from chassis.events_out import EventStore
from chassis.process import tune_gc
from chassis.settings.base import load
from notifier.reactions import DOCUMENTS
from notifier.service import SERVICE as NOTIFIER
from notifier.settings import Settings as NotifierSettings
from portal_read.projection import switch
from portal_read.projection.projector import Projector, consumer_of
from portal_read.projection.sealed_states import FillingSettings, StateCipher
from portal_testing.stack import eventually
from servicehub_events import Envelope

from bench import flat_script, pinning, stages

SCHEMA: Final = "bench_speed"
_EMPTY: Final = "TRUNCATE notification_sources, pending_notifications, reminders, reminder_plans, positions"


class Run(NamedTuple):
    """From the end of the first batch, so that joining a group does not count, to that of the last.

    `busy` are the processor's seconds of this process in that time.
    """

    events: int
    seconds: float
    busy: float


class Stopwatch:
    """Is told of every batch."""

    def __init__(self) -> None:
        self._first = self._last = (0, 0.0, 0.0)
        self.events = 0

    def batch(self, events: int) -> None:
        """A batch is done."""
        self.events += events
        self._last = (self.events, time.perf_counter(), time.process_time())
        if self._first == (0, 0.0, 0.0):
            self._first = self._last

    @property
    def run(self) -> Run:
        """What it saw."""
        events, seconds, busy = (b - a for a, b in zip(self._first, self._last, strict=True))
        return Run(int(events), seconds, busy)


async def project(settings: FillingSettings, count: int, watch: Stopwatch) -> None:
    """The worker's own consumer of documents, into an empty projection that nobody shows."""
    ctx = ServiceContext(settings=settings, database=Database(settings.database_url), events=EventStore())
    async with ctx.all_tenants() as tx:
        await switch.begin(tx, SCHEMA)
    projector = Projector(SCHEMA, StateCipher.of(settings.field_encryption_keys))

    async def apply(tx: Transaction, batch: Sequence[Envelope]) -> None:
        await projector.apply(tx, batch)
        watch.batch(len(batch))

    async def done() -> bool:
        return watch.events >= count

    running = asyncio.create_task(consumer_of(ctx, "documents", SCHEMA, apply).run())
    await eventually(done, what="the projector is done", within=600)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    async with ctx.all_tenants() as tx:
        await switch.drop(tx, SCHEMA)
    await ctx.close()


async def documents(settings: NotifierSettings, count: int, watch: Stopwatch) -> None:
    """The notifier's own consumer of documents, into empty tables."""
    ctx = NOTIFIER.build(settings)
    async with ctx.all_tenants() as tx:
        await tx.run(_EMPTY)

    async def apply(tx: Transaction, batch: Sequence[Envelope]) -> None:
        await react(DOCUMENTS, ctx, tx, batch)
        watch.batch(len(batch))

    async def done() -> bool:
        return watch.events >= count

    consumer = Consumer("notifier.news", DOCUMENTS, ctx, apply=apply, batch=LOCKED_AT_ONCE)
    running = asyncio.create_task(consumer.run())
    await eventually(done, what="the consumer is done", within=600)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await ctx.close()


async def main(what: str, count: int) -> object:
    """Run one of them."""
    pinning.pin_this()
    tune_gc()  # as a worker does; the others are not to be slower for what is imported here
    watch = Stopwatch()
    if what == "documents":
        await documents(load(NotifierSettings), count, watch)
        return watch.run._asdict()
    settings = load(FillingSettings)
    url = settings.database_url.reveal()
    match what:
        case "projector":
            await project(settings, count, watch)
        case "flat":
            await flat_script.project(settings.kafka_bootstrap, url, count, watch.batch)
        case "reading":
            await flat_script.read(settings.kafka_bootstrap, count, watch.batch)
        case _:
            return await stages.measure(settings.kafka_bootstrap)
    return watch.run._asdict()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2])))))
