"""The news lane: Faust's agents bring records to the intake, its timer wakes the planner, a watchdog looks.

Faust starts at the group's offset in Kafka and reads uncommitted records, so a record may come twice, and one
that was taken back comes again; the intake bears both. Positions are stored for the lists and for restores.
"""

import asyncio
import contextlib
import time

import structlog
from aiokafka.errors import KafkaError
from chassis.backoff import Backoff
from chassis.database.database import Database
from chassis.events_in.reactions import Apply
from chassis.kafka.clients import TopicPartition
from chassis.observability.loop_health import LoopHealth
from chassis.settings.base import ServiceSettings
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
_STALLED_SECONDS = 120


class Stalled(RuntimeError):
    """There are records to take, and none was tried for long. Ends the worker: only a new process helps."""


def judge(health: LoopHealth, *, failing: bool, behind: bool, changed: bool) -> None:
    """Note what a look at the lane has shown. Raises `Stalled`."""
    if failing:  # and trying again
        health.failed("a record to be applied")
        return
    if changed or not behind:
        health.moved()
    health.waits_for("records to be taken")
    stuck = health.stuck
    if stuck and stuck.seconds >= _STALLED_SECONDS:
        raise Stalled(f"{NAME} has records to take and took none for {stuck.seconds} s")


class FaustLane:
    """Runs the app inside the worker's loop; when it breaks, a new one takes its place."""

    def __init__(
        self, settings: ServiceSettings, database: Database, intake: Intake, planner: Planner
    ) -> None:
        self._settings = settings
        self._database = database
        self._intake = intake
        self._planner = planner
        self.health = LoopHealth()

    def apply_of(self, group: str) -> Apply | None:
        """What applies the events of this lane."""
        return self._intake.apply if group == NAME else None

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
            self.health.failed("a new start")
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_STOP_SECONDS):
                    await app.stop()

    async def _take(self, app: App, event: Event) -> None:
        await self._intake.take(event.message, _partitions(app, event.message.topic))

    async def _watch(self, app: App) -> None:
        """Look on until the app ends by itself."""
        before, last, was = dict[TopicPartition, int](), -1, None
        while not (app.crashed or app.should_stop):
            await asyncio.sleep(_LOOK_SECONDS)
            seen = await _positions(app, before)
            busy, beats = bool(list(app.consumer.unacked)), self._intake.beats
            behind = busy or any(seen[tp] < (app.consumer.highwater(tp) or 0) for tp in seen)
            failing = self._intake.waiting
            changed = (beats, seen, failing) != was
            judge(self.health, failing=failing, behind=behind, changed=changed)
            # Fetched is not taken: records of one partition wait behind those of another. Only when a whole
            # look long nothing was taken, and nothing is being dealt with, does nothing lie in between.
            if not busy and beats == last:
                await self._store({tp: at for tp, at in seen.items() if before.get(tp) == at})
            await self._look_after_letters()
            before, last, was = seen, beats, (beats, seen, failing)

    async def _look_after_letters(self) -> None:
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._intake.dead_letters.upkeep()
        except Exception as error:  # noqa: BLE001  # the letters stay; the next look tries again
            log.warning("news.letters_not_looked_after", error=type(error).__name__)

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
