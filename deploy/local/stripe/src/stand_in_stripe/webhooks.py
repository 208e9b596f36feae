"""Sends what is due to the one endpoint, several at a time, as Stripe does: in no promised order.

`Stripe-Signature`: https://docs.stripe.com/webhooks#verify-manually. How far it came is kept with the event,
in `_delivery`; its state is pending, held (for a fault, or until the next try), delivered, dropped or
given-up.
"""

import asyncio
import contextlib
import hashlib
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import httpx

from stand_in_stripe.books import Owned
from stand_in_stripe.faults import PlannedFault, take
from stand_in_stripe.objects import Json, encode, plain
from stand_in_stripe.sandbox import Sandbox

AT_ONCE = 16
LONGEST_WAIT_SECONDS = 1.0
OLD_SECONDS = 3_600
PAUSES = (1, 2, 4, 8, 15, 30, 60, 300, 1_800, 7_200, 18_000, 36_000)
"""Seconds between tries, ever longer as Stripe's; the last one counts for all that follow."""
PATIENCE_SECONDS = 3 * 24 * 60 * 60
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WebhookEndpoint:
    """Where webhooks go. Every secret signs, as while one takes over from another.

    `connect_secrets`: of the endpoint that hears of connected accounts, if it is one of its own.
    """

    url: str
    secrets: Sequence[str]
    connect_secrets: Sequence[str] = ()

    def secrets_for(self, event: Json) -> Sequence[str]:
        """What signs this event."""
        return self.connect_secrets or self.secrets if "account" in event else self.secrets


class WebhookSender:
    """`run` delivers until it is cancelled."""

    def __init__(self, sandbox: Sandbox, endpoint: WebhookEndpoint, client: httpx.AsyncClient) -> None:
        self._sandbox, self._endpoint, self._client = sandbox, endpoint, client
        self._running: dict[str, asyncio.Task[None]] = {}
        self._overtakable: list[str] = []

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

    def _start_due(self) -> None:
        # Those on their way are due as well.
        for event in self._sandbox.books.due("event", self._sandbox.now, 2 * AT_ONCE):
            identifier: str = event.object["id"]
            if identifier not in self._running and len(self._running) < AT_ONCE:
                task = self._running[identifier] = asyncio.create_task(self._deliver(event))
                task.add_done_callback(partial(self._ended, identifier))

    def _ended(self, identifier: str, task: asyncio.Task[None]) -> None:
        self._running.pop(identifier, None)
        self._sandbox.news.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a webhook could not be delivered", exc_info=error)

    async def _wait(self) -> None:
        now = self._sandbox.now
        due = self._sandbox.books.next_due("event", now)
        seconds = LONGEST_WAIT_SECONDS if due is None else min(due - now, LONGEST_WAIT_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for may swallow a cancellation
                await self._sandbox.news.wait()

    async def _deliver(self, event: Owned) -> None:
        first = event.object["_delivery"]["state"] == "pending"
        fault = take(self._sandbox.faults, "webhook") if first else None
        if fault and self._withheld(event, fault):
            return
        payload = encode(plain(event.object))
        if fault and fault.kind == "forge":
            await self._forge(event, payload)
        taken = await self._send(event, payload, "sent")
        if fault and fault.kind == "duplicate":
            await self._send(event, payload, "duplicate")
        if taken:
            event.object["pending_webhooks"] = 0
            self._write(event, "delivered", tries=1)
            self._overtake()
        else:
            self._again(event)

    def _withheld(self, event: Owned, fault: PlannedFault) -> bool:
        if fault.kind == "drop":
            self._note(event, "dropped", None, "lost on the way, as planned")
            self._write(event, "dropped", tries=1)
        elif fault.kind in {"delay", "reorder"}:
            self._write(event, "held", self._sandbox.now + fault.pause)
            if fault.kind == "reorder":
                self._overtakable.append(event.object["id"])
        return fault.kind in {"drop", "delay", "reorder"}

    def _overtake(self) -> None:
        """What waited for the next delivery goes now."""
        for identifier in self._overtakable:
            event = self._sandbox.books.find("event", identifier)
            if event and event.object["_delivery"]["state"] == "held":
                self._write(event, "held", self._sandbox.now)
        self._overtakable.clear()

    def _again(self, event: Owned) -> None:
        now = self._sandbox.now
        tries: int = event.object["_delivery"]["tries"]
        if now - event.object["created"] > PATIENCE_SECONDS:
            self._write(event, "given-up", tries=1)
        else:
            self._write(event, "held", now + PAUSES[min(tries, len(PAUSES) - 1)], tries=1)

    async def _forge(self, event: Owned, payload: bytes) -> None:
        """What an attacker would send: signed with another secret, and an old delivery once more."""
        now = int(self._sandbox.clock())
        await self._send(event, payload, "forged-signature", signature(payload, ["whsec_forged"], now))
        old = signature(payload, self._endpoint.secrets_for(event.object), now - OLD_SECONDS)
        await self._send(event, payload, "old-timestamp", old)

    async def _send(self, event: Owned, payload: bytes, kind: str, signed: str = "") -> bool:
        now, secrets = int(self._sandbox.clock()), self._endpoint.secrets_for(event.object)
        signed = signed or signature(payload, secrets, now)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
        try:
            answer = await self._client.post(self._endpoint.url, content=payload, headers=headers)
        except httpx.HTTPError as error:
            self._note(event, kind, None, type(error).__name__)
            return False
        self._note(event, kind, answer.status_code, "taken" if answer.is_success else "refused")
        return answer.is_success

    def _note(self, event: Owned, kind: str, status: int | None, outcome: str) -> None:
        attempt: Json = {"at": self._sandbox.now, "kind": kind, "status": status, "outcome": outcome}
        event.object["_delivery"]["attempts"].append(attempt)

    def _write(self, event: Owned, state: str, due: float | None = None, *, tries: int = 0) -> None:
        delivery = event.object["_delivery"]
        delivery |= {"state": state, "tries": delivery["tries"] + tries}
        self._sandbox.books.put(event.account, event.object, due)


def signature(payload: bytes, secrets: Sequence[str], timestamp: int) -> str:
    """The header's value: the time, and one `v1` for each secret, as while a secret is being rotated."""
    signed = f"{timestamp}.".encode() + payload
    marks = [f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={timestamp}", *marks])
