"""The news lane: Faust's agents bring records to the intake, its timer wakes the planner, a watchdog looks.

Faust starts at the group's offset in Kafka and reads uncommitted records, so a record may come twice, and one
that was taken back comes again; the intake bears both. Positions are stored for the lists and for restores.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog
from aiokafka.errors import KafkaError
from chassis import inbox
from chassis.backoff import Backoff
from chassis.db import Database
from chassis.kafka import TopicPartition
from chassis.settings import CommonSettings
from faust.exceptions import FaustError
from servicehub_events import DEFAULT_PARTITIONS
from servicehub_events.topics import APPOINTMENTS, INVOICES, PAYMENTS

from notifier.adapters.faust_app import App, Event, create_app
from notifier.news import positions
from notifier.news.intake import NAME, Intake
from notifier.news.planner import Planner

log = structlog.get_logger(__name__)

TOPICS = (APPOINTMENTS.name, INVOICES.name, PAYMENTS.name)
_TICK_SECONDS = 0.5
_LOOK_SECONDS = 1.0
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_LONG_RUN_SECONDS = 60.0


class Stalled(RuntimeError):
    """There are records to take, and none was tried for long. Ends the worker: only a new process helps."""


@dataclass(slots=True)
class Watchdog:
    """Judges what is seen of the lane, look by look. Times are in seconds."""

    unwell_after: float = 30.0
    stalled_after: float = 120.0
    _seen: object = None
    _since: float = field(default=0.0)

    def judge(self, *, behind: bool, progress: object, now: float) -> bool:
        """Whether the lane is well; `progress` is anything that changes while it works. Raises `Stalled`."""
        if not behind or progress != self._seen:
            self._seen, self._since = progress, now
        stuck = now - self._since
        if stuck >= self.stalled_after:
            raise Stalled(f"{NAME} has records to take and took none for {stuck:.0f} s")
        return stuck < self.unwell_after


class FaustLane:
    """Runs the app inside the worker's loop; when it breaks, a new one takes its place."""

    def __init__(
        self, settings: CommonSettings, database: Database, intake: Intake, planner: Planner
    ) -> None:
        self._settings = settings
        self._database = database
        self._intake = intake
        self._planner = planner
        self.healthy = False

    async def run(self) -> None:
        """Work until cancelled; a lost broker or database is waited for. Raises `Stalled`."""
        backoff = Backoff()
        while True:
            began = time.monotonic()
            reason = await self._run_once()
            log.warning("news.interrupted", reason=type(reason).__name__)
            if time.monotonic() - began > _LONG_RUN_SECONDS:
                backoff.reset()
            await backoff.wait()

    async def _run_once(self) -> BaseException | None:
        app = create_app(
            NAME,
            self._settings,
            topics=TOPICS,
            handle=self._take,
            tick=self._planner.run_due,
            tick_seconds=_TICK_SECONDS,
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                await app.start()
            await self._watch(app)
            return app.crash_reason
        except (KafkaError, FaustError, OSError) as error:  # TimeoutError is an OSError
            return error
        finally:
            self.healthy = False
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_STOP_SECONDS):
                    await app.stop()

    async def _take(self, app: App, event: Event) -> None:
        await self._intake.take(event.message, _partitions(app, event.message.topic))

    async def _watch(self, app: App) -> None:
        """Look on until the app ends by itself."""
        watchdog, before, last = Watchdog(), dict[TopicPartition, int](), -1
        while not (app.crashed or app.should_stop):
            await asyncio.sleep(_LOOK_SECONDS)
            seen = await _positions(app, before)
            busy, beats = bool(list(app.consumer.unacked)), self._intake.beats
            behind = busy or any(seen[tp] < (app.consumer.highwater(tp) or 0) for tp in seen)
            well = watchdog.judge(behind=behind, progress=(beats, seen), now=time.monotonic())
            self.healthy = well and not self._intake.waiting
            # Fetched is not taken: records of one partition wait behind those of another. Only when a whole
            # look long nothing was taken, and nothing is being dealt with, does nothing lie in between.
            if not busy and beats == last:
                await self._store({tp: at for tp, at in seen.items() if before.get(tp) == at})
            await self._look_for_retries(app, seen)
            before, last = seen, beats

    async def _look_for_retries(self, app: App, assigned: Iterable[TopicPartition]) -> None:
        counts = {inbox.TopicPartition(*tp): _partitions(app, tp.topic) for tp in assigned}
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._intake.letters.look(counts)
        except Exception as error:  # noqa: BLE001  # the letters stay; the next look tries again
            log.warning("news.retries_not_tried", error=type(error).__name__)

    async def _store(self, settled: dict[TopicPartition, int]) -> None:
        try:
            async with self._database.transaction() as connection:
                await positions.reached(connection, NAME, settled)
        except Exception as error:  # noqa: BLE001  # they inform; the intake finds out what is wrong
            log.info("news.positions_not_stored", error=type(error).__name__)


def _partitions(app: App, topic: str) -> int:
    return app.consumer.topic_partitions(topic) or DEFAULT_PARTITIONS


async def _positions(app: App, before: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
    """How far each assigned partition was fetched; as before when Faust does not answer."""
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            return {tp: await app.consumer.position(tp) or 0 for tp in sorted(app.consumer.assignment())}
    except (TimeoutError, KafkaError, FaustError):
        return before
