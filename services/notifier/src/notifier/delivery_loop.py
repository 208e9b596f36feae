"""The delivery loop: claims what is due and delivers several at a time, so that a slow one holds no other.

Codes first; news take at most half of the places, so that a flood of them leaves room for a code.

Woken by NOTIFY within milliseconds; a look at the table each second is the fallback, and finds retries.
"""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import psycopg
import structlog
from chassis.backoff import Backoff
from chassis.clock import Clock
from chassis.database.database import Database, is_transient
from chassis.observability.loop_health import LoopHealth
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier import jobs
from notifier.delivery import Courier
from notifier.domain import Job
from notifier.jobs import Standing

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 1.0
_REMEMBERED = 500
_DRAIN_SECONDS = 8.0
_FORGET_EVERY = timedelta(hours=1)
_KEPT = timedelta(days=30)  # as long as the events that tell about them


class DeliveryLoop:
    """Runs `Courier.deliver` on every due job, at most `at_once` at a time."""

    def __init__(self, courier: Courier, database: Database, clock: Clock, *, at_once: int) -> None:
        self._courier = courier
        self._database = database
        self._clock = clock
        self._at_once = at_once
        self._running: dict[asyncio.Task[None], Job] = {}
        self._turns: dict[str, int] = {}
        self._turn = 0
        self._wake = asyncio.Event()
        self._forgot_at: datetime | None = None
        self.health = LoopHealth()

    async def run(self) -> None:
        """Deliver until cancelled; a lost database is waited for. What is being sent may end first."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen(), name="deliveries.listen")
                group.create_task(self._claim_forever(), name="deliveries.claim")
        finally:
            if self._running:
                await asyncio.wait(self._running, timeout=_DRAIN_SECONDS)

    async def step(self) -> int:
        """Claim as many due jobs as there is room for and start on them; gives back how many."""
        async with self._database.transaction() as connection:
            claimed = await self._claim(connection, self._at_once - len(self._running), urgent=True)
            of_news = self._at_once // 2 - sum(not job.urgent for job in self._running.values())
            room = min(self._at_once - len(self._running) - len(claimed), of_news)
            claimed += await self._claim(connection, room, urgent=False)
        for job in claimed:
            task = asyncio.create_task(self._deliver(job), name="delivery")
            self._running[task] = job
            task.add_done_callback(self._done)
        return len(claimed)

    async def _claim(self, connection: AsyncConnection, room: int, *, urgent: bool) -> list[Job]:
        if room <= 0:
            return []
        under_way = Counter(job.business_id for job in self._running.values() if job.urgent == urgent)
        standings = [Standing(business, under_way[business], turn) for business, turn in self._turns.items()]
        claimed = await jobs.claim(connection, self._clock(), room, urgent=urgent, standings=standings)
        self._note_turns({job.business_id for job in claimed})
        return claimed

    def _note_turns(self, businesses: set[str]) -> None:
        for business_id in businesses:
            self._turns.pop(business_id, None)
            self._turns[business_id] = self._turn = self._turn + 1
        while len(self._turns) > _REMEMBERED:
            del self._turns[next(iter(self._turns))]

    async def idle(self) -> None:
        """Wait until nothing is being delivered."""
        while self._running:
            await asyncio.wait(self._running)

    async def _deliver(self, job: Job) -> None:
        try:
            await self._courier.deliver(job)
        except Exception as error:  # noqa: BLE001  # the claim runs out, and the job is taken again
            log.error("delivery.unrecorded", message_id=str(job.message_id), error=type(error).__name__)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self.health.moved()
        self._wake.set()

    async def _claim_forever(self) -> None:
        backoff = Backoff()
        while True:
            self._wake.clear()
            self.health.waits_for("deliveries to end")
            try:
                claimed = await self.step()
                await self._forget()
            except Exception as error:  # sorted here: what may pass is waited for
                if not is_transient(error):
                    raise
                self.health.failed(type(error).__name__)
                log.warning("deliveries.interrupted", error=type(error).__name__)
                await backoff.wait()
                continue
            backoff.reset()
            if len(self._running) < self._at_once:  # else each of them hangs, or one ends soon
                self.health.moved(rest=_LOOK_SECONDS)
            if not claimed:
                await self._until_woken()

    async def _until_woken(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _forget(self) -> None:
        now = self._clock()
        if self._forgot_at is None or now - self._forgot_at >= _FORGET_EVERY:
            self._forgot_at = now
            async with self._database.transaction() as connection:
                await jobs.forget(connection, now - _KEPT)

    async def _listen(self) -> None:
        backoff = Backoff()
        while True:
            try:
                async with await self._database.session() as connection:
                    await connection.execute(f"LISTEN {jobs.CHANNEL}".encode())
                    backoff.reset()
                    async for _ in connection.notifies():
                        self._wake.set()
            except (psycopg.Error, OSError) as error:
                log.warning("deliveries.deaf", error=type(error).__name__)
            await backoff.wait()
