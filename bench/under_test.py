"""`python -m bench.under_test projector|flat|reading|stages COUNT`: one run, in a process of its own.

It has a core of its own. The environment is that of a portal-read worker. Prints one JSON object.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from chassis.database.database import Database
from chassis.events_in.records import Received
from chassis.process import tune_gc
from chassis.settings.base import ServiceSettings, load
from local_stack.testing import eventually
from portal_read.projection import switch
from portal_read.projection.consumers import consumers
from portal_read.projection.projector import Projector
from sqlalchemy.ext.asyncio import AsyncConnection

from bench import flat_script, pinning, stages

SCHEMA: Final = "bench_speed"


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


async def projector(settings: ServiceSettings, count: int, watch: Stopwatch) -> None:
    """The worker's own lane of visits, invoices and payments, into an empty projection that nobody shows."""
    database = Database(settings.database_url)
    async with database.transaction() as connection:
        await switch.begin(connection, SCHEMA)
    applying = Projector(SCHEMA)

    async def apply(connection: AsyncConnection, events: Sequence[Received]) -> None:
        await applying.apply(connection, events)
        watch.batch(len(events))

    async def done() -> bool:
        return watch.events >= count

    lane = asyncio.create_task(consumers(SCHEMA, apply, settings, database)[1].run())
    await eventually(done, what="the projector is done", within=600)
    lane.cancel()
    await asyncio.gather(lane, return_exceptions=True)
    async with database.transaction() as connection:
        await switch.drop(connection, SCHEMA)
    await database.close()


async def main(what: str, count: int) -> object:
    """Run one of them."""
    pinning.pin_this()
    tune_gc()  # as a worker does; the others are not to be slower for what is imported here
    settings, watch = load(ServiceSettings), Stopwatch()
    url = settings.database_url.reveal()
    match what:
        case "projector":
            await projector(settings, count, watch)
        case "flat":
            await flat_script.project(settings.kafka_bootstrap, url, count, watch.batch)
        case "reading":
            await flat_script.read(settings.kafka_bootstrap, count, watch.batch)
        case _:
            return await stages.measure(settings.kafka_bootstrap)
    return watch.run._asdict()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2])))))
