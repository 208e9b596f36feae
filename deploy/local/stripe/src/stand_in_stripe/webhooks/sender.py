"""Sends what is due to the one endpoint, several at a time, as Stripe does: in no promised order."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import httpx

from stand_in_stripe.faults import Faults, Planned
from stand_in_stripe.render import encode, plain
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import Event
from stand_in_stripe.webhooks.queue import Delivery, Queue
from stand_in_stripe.webhooks.signature import signature

AT_ONCE = 16
LONGEST_WAIT_SECONDS = 1.0
OLD_SECONDS = 3_600
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """Where webhooks go. Every secret signs, as while one takes over from another."""

    url: str
    secrets: Sequence[str]


class Sender:
    """`run` delivers until it is cancelled; `deliver_due` does one round, for tests."""

    def __init__(
        self, sandbox: Sandbox, faults: Faults, endpoint: Endpoint, client: httpx.AsyncClient
    ) -> None:
        self._sandbox, self._faults, self._endpoint, self._client = sandbox, faults, endpoint, client
        self._queue = Queue(sandbox.books)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._overtakable: set[str] = set()

    async def run(self) -> None:
        """Deliver what is due, whenever it is due; one slow answer holds up no other delivery."""
        try:
            while True:
                self._sandbox.news.clear()
                self._start_due()
                await self._wait()
        finally:
            for task in self._running.values():
                task.cancel()

    async def deliver_due(self) -> None:
        """Try everything that is due, once."""
        self._start_due()
        await asyncio.gather(*self._running.values())

    def _start_due(self) -> None:
        free = AT_ONCE - len(self._running)
        for delivery in self._queue.due(self._sandbox.clock(), self._running, free):
            task = asyncio.create_task(self._deliver(delivery))
            self._running[delivery.event] = task
            task.add_done_callback(partial(self._ended, delivery.event))

    def _ended(self, event: str, task: asyncio.Task[None]) -> None:
        self._running.pop(event, None)
        self._sandbox.news.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a webhook could not be delivered", exc_info=error)

    async def _wait(self) -> None:
        due = self._queue.next_due(self._running) if len(self._running) < AT_ONCE else None
        seconds = LONGEST_WAIT_SECONDS if due is None else due - self._sandbox.clock()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._sandbox.news.wait(), min(max(0.0, seconds), LONGEST_WAIT_SECONDS))

    async def _deliver(self, delivery: Delivery) -> None:
        _, event = self._sandbox.books.find(Event, delivery.event)
        if event is None:
            self._queue.end(delivery.event, "dropped")
            return
        fault = self._faults.take("webhook") if delivery.state == "pending" else None
        if fault and self._withheld(event.id, fault):
            return
        payload = encode(plain(event))
        if fault and fault.kind == "forge":
            await self._forge(event.id, payload)
        taken = await self._send(event.id, payload, "sent")
        if fault and fault.kind == "duplicate":
            await self._send(event.id, payload, "duplicate")
        self._conclude(delivery, event, taken=taken)

    def _withheld(self, event: str, fault: Planned) -> bool:
        now = self._sandbox.clock()
        if fault.kind == "drop":
            self._queue.note(event, now, "dropped", None, "lost on the way, as planned")
            self._queue.end(event, "dropped")
        elif fault.kind in {"delay", "reorder"}:
            self._queue.hold(event, now + fault.seconds)
            if fault.kind == "reorder":
                self._overtakable.add(event)
        return fault.kind in {"drop", "delay", "reorder"}

    def _conclude(self, delivery: Delivery, event: Event, *, taken: bool) -> None:
        if not taken:
            self._queue.again(delivery, self._sandbox.clock(), event.created)
            return
        self._queue.end(event.id, "delivered")
        event.pending_webhooks = 0
        self._sandbox.books.put(delivery.account, event)
        for overtaken in self._overtakable:
            self._queue.hold(overtaken, self._sandbox.clock())
        self._overtakable.clear()

    async def _forge(self, event: str, payload: bytes) -> None:
        """What an attacker would send: signed with another secret, and an old delivery once more."""
        now = int(self._sandbox.clock())
        await self._send(event, payload, "forged-signature", signature(payload, ["whsec_forged"], now))
        old = signature(payload, self._endpoint.secrets, now - OLD_SECONDS)
        await self._send(event, payload, "old-timestamp", old)

    async def _send(self, event: str, payload: bytes, kind: str, signed: str = "") -> bool:
        now = self._sandbox.clock()
        signed = signed or signature(payload, self._endpoint.secrets, int(now))
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
        try:
            answer = await self._client.post(self._endpoint.url, content=payload, headers=headers)
        except httpx.HTTPError as error:
            self._queue.note(event, now, kind, None, type(error).__name__)
            return False
        self._queue.note(event, now, kind, answer.status_code, "taken" if answer.is_success else "refused")
        return answer.is_success
