"""The lane of notifications: Faust's agents bring records, its timer wakes the fan-out, a watchdog looks.

Faust starts at the group's offset in Kafka and reads uncommitted records, so a record may come twice, and one
that was taken back comes again; the reactions bear both. Positions are stored for the lists and for restores.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from aiokafka.errors import KafkaError
from chassis.backoff import Backoff
from chassis.events_in import Apply, Reactions, consumer_lag, subscriptions
from chassis.kafka import TopicPartition
from chassis.observability import LoopHealth
from faust.exceptions import FaustError

from notifier.adapters.faust_app import FaustApp, FaustEvent, create_app
from notifier.adapters.faust_records import GROUP, FaustRecords
from notifier.context import Context
from notifier.store import notifications

log = structlog.get_logger(__name__)

_TICK_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 1.0
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0
_LONG_RUN_SECONDS: Final = 60.0
_STALLED_SECONDS: Final = 120


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
        raise Stalled(f"{GROUP} has records to take and took none for {stuck.seconds} s")


class FaustLane:
    """Runs the app inside the worker's loop; when it breaks, a new one takes its place."""

    def __init__(
        self, ctx: Context, reactions: Reactions[Context], *, tick: Callable[[], Awaitable[None]]
    ) -> None:
        """The topics follow from the table's keys. `tick` is called twice a second, and must not raise."""
        self._ctx = ctx
        self._topics = subscriptions(reactions)
        self._records = FaustRecords(ctx, reactions)
        self._tick = tick
        self._lag: int | None = None
        self.health = LoopHealth()

    def apply_of(self, group: str) -> Apply | None:
        """What applies the events of this lane."""
        return self._records.apply_events if group == GROUP else None

    async def run(self) -> None:
        """Work until cancelled; a lost broker or database is waited for. Raises `Stalled`."""
        backoff = Backoff()
        with self._records.dead_letters.measured(), consumer_lag.reading(lambda: self._lag, consumer=GROUP):
            while True:
                began = time.monotonic()
                reason = await self._run_once()
                log.warning("notifications.interrupted", reason=type(reason).__name__)
                if time.monotonic() - began > _LONG_RUN_SECONDS:
                    backoff.reset()
                await backoff.wait()

    async def _run_once(self) -> BaseException | None:
        app = create_app(
            GROUP,
            self._ctx.settings,
            topics=self._topics,
            handle=self._handle,
            tick=self._tick,
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
            self._lag = None
            self.health.failed("a new start")
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await app.stop()
            except Exception as error:  # it is given up either way
                log.info("notifications.not_stopped", exc_info=error)

    async def _handle(self, app: FaustApp, event: FaustEvent) -> None:
        await self._records.apply(event.message)

    async def _watch(self, app: FaustApp) -> None:
        """Look on until the app ends by itself."""
        before, last, was = dict[TopicPartition, int](), -1, None
        while not (app.crashed or app.should_stop):
            await asyncio.sleep(_LOOK_SECONDS)
            seen = await _positions(app, before)
            taken, beats = len(list(app.consumer.unacked)), self._records.beats
            left = sum(max(0, (app.consumer.highwater(tp) or 0) - at) for tp, at in seen.items())
            busy, behind = taken > 0, left + taken > 0
            self._lag = left + taken if seen else None
            failing = self._records.waiting
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
                await self._records.dead_letters.upkeep()
        except Exception as error:  # the letters stay; the next look tries again
            log.warning("notifications.letters_not_looked_after", exc_info=error)

    async def _store(self, settled: Mapping[TopicPartition, int]) -> None:
        try:
            async with self._ctx.all_tenants() as tx:
                await notifications.mark_positions(tx, GROUP, settled)
        except Exception as error:  # they inform; the records find out what is wrong
            log.info("notifications.positions_not_stored", exc_info=error)


async def _positions(app: FaustApp, before: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """How far each assigned partition was fetched; as before when Faust does not answer."""
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            return {tp: await app.consumer.position(tp) or 0 for tp in sorted(app.consumer.assignment())}
    except (TimeoutError, KafkaError, FaustError):
        return dict(before)
