"""The delivery queue: claims what is due and delivers several at a time, so that a slow one holds no other.

Codes first; notifications take at most half of the places, so that a flood of them leaves room for a code.
Each business has its turn.

Woken by NOTIFY within milliseconds; a look at the table each second is the fallback, and finds retries.
"""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import psycopg
import structlog
from chassis.backoff import Backoff
from chassis.database import Transaction, is_transient, wait_for_notices
from chassis.observability import LoopHealth

from notifier.context import Context
from notifier.domain.delivery import CodeDelivery, Delivery, NotificationDelivery
from notifier.handlers.deliver import deliver
from notifier.store import deliveries, visits
from notifier.store.deliveries import BusinessShare

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 1.0
_LISTEN_SECONDS: Final = 60.0
_REMEMBERED: Final = 500
_DRAIN_SECONDS: Final = 8.0
_FORGET_EVERY: Final = timedelta(hours=1)
_KEPT: Final = timedelta(days=30)  # as long as the events that tell about them


class DeliveryQueue:
    """Delivers all that is due, at most `deliveries_at_once` at a time."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._at_once = ctx.settings.deliveries_at_once
        self._running: dict[asyncio.Task[None], Delivery] = {}
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
        """Claim as many due deliveries as there is room for and start on them; how many."""
        claimed: list[Delivery] = []
        async with self._ctx.all_tenants() as tx:
            claimed += await self._claim(tx, CodeDelivery, self._at_once - len(self._running))
            free = self._at_once - len(self._running) - len(claimed)
            of_notifications = self._at_once // 2 - len(self._under_way(NotificationDelivery))
            claimed += await self._claim(tx, NotificationDelivery, min(free, of_notifications))
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery), name="delivery")
            self._running[task] = delivery
            task.add_done_callback(self._done)
        return len(claimed)

    async def _claim(self, tx: Transaction, kind: type[deliveries.D], room: int) -> list[deliveries.D]:
        if room <= 0:
            return []
        under_way = Counter(delivery.business_id for delivery in self._under_way(kind))
        shares = [
            BusinessShare(business, under_way[business], turn) for business, turn in self._turns.items()
        ]
        claimed = await deliveries.claim_deliveries(tx, kind, self._ctx.clock(), room, shares)
        self._note_turns({delivery.business_id for delivery in claimed})
        return claimed

    def _under_way(self, kind: type[Delivery]) -> list[Delivery]:
        return [delivery for delivery in self._running.values() if isinstance(delivery, kind)]

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

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await deliver(self._ctx, delivery)
        except Exception as error:  # the claim runs out, and the delivery is taken again
            log.error("delivery.unrecorded", message_id=str(delivery.message_id), exc_info=error)

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
        now = self._ctx.clock()
        if self._forgot_at is None or now - self._forgot_at >= _FORGET_EVERY:
            self._forgot_at = now
            async with self._ctx.all_tenants() as tx:
                await deliveries.forget_ended(tx, now - _KEPT)
                await visits.forget_tellings(tx, now - _KEPT)

    async def _listen(self) -> None:
        backoff = Backoff()
        while True:
            try:
                async with await self._ctx.database.session() as connection:
                    await connection.execute(f"LISTEN {deliveries.CHANNEL}".encode())
                    backoff.reset()
                    while True:
                        if await wait_for_notices(connection, _LISTEN_SECONDS):
                            self._wake.set()
            except (psycopg.Error, OSError) as error:
                log.warning("deliveries.not_listening", error=type(error).__name__)
            await backoff.wait()
