"""What people and ServiceHub do in a day, so that as many kinds of events as possible are really sent."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import msgspec
from local_stack.environment import Addresses
from portal_testing.stack.eventually import eventually
from portal_testing.stack.stripe_sandbox import StripeSandbox
from portal_testing.stack.visitor import Visitor
from portal_testing.stack.whole_log import read_all

SPARKLE, HIKARI = "biz-sparkle", "biz-hikari"
_LINE = {"description": "Windows", "quantity": "2", "unit_price": 4500}
_START, _MOVED = "2027-03-01T09:00", "2027-03-02T10:00"
_SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1"
PATIENCE_SECONDS = 30.0


class JourneyFailed(Exception):
    """A step was refused; the text has the answer."""


class _Published(msgspec.Struct):
    id: str


class _Told(msgspec.Struct):
    published: list[_Published]


@dataclass(frozen=True)
class ServiceHub:
    """The simulator's API for one business."""

    url: str
    business: str
    http: httpx.AsyncClient

    async def act(self, action: str, **values: object) -> str:
        """Do it; returns the id of what changed first, if that is ServiceHub's own. Raises JourneyFailed."""
        answer = await self.http.post(f"{self.url}/api/businesses/{self.business}/{action}", json=values)
        if not answer.is_success:
            raise JourneyFailed(f"{action}: {answer.text}")
        published = msgspec.json.decode(answer.content, type=_Told).published
        return published[0].id if published else ""


@dataclass(frozen=True)
class Guest:
    """Somebody of the demo businesses who can sign in."""

    slug: str
    address: str
    customer_id: str


HANNAH = Guest("sparkle-home", "hannah@mail.example", "c-1001")
YUMI = Guest("hikari-seisou", "yumi@mail.example", "c-1001")
BY_TEXT = "+817012340107"
"""The number of somebody of Hikari who has no mail."""


async def play(stack: Addresses) -> None:
    """Every action that ServiceHub has, somebody in and out, and payments that end in each way."""
    async with httpx.AsyncClient(timeout=30, headers={"User-Agent": _SAFARI}) as http:
        sparkle = ServiceHub(stack.simulator_url, SPARKLE, http)
        hikari = ServiceHub(stack.simulator_url, HIKARI, http)
        await _visits(sparkle)
        await _invoices(sparkle)
        await _customers(sparkle)
        await _bounced_mail(sparkle, stack.mailbox_url)
        stripe = StripeSandbox(stack.stripe_url, http)
        hannah = Visitor(stack.public_origin, stack.mailbox_url, HANNAH.slug, http)
        await hannah.sign_in(HANNAH.address)
        await _taken_back(stack, stripe, await _checkout(stripe, hannah, sparkle, HANNAH))
        await stripe.expire(await _checkout(stripe, hannah, sparkle, HANNAH))
        await stripe.pay(await _checkout(stripe, hannah, sparkle, HANNAH), total=1)
        await hannah.post(f"/auth/{HANNAH.slug}/sign-out", {})
        yumi = Visitor(stack.public_origin, stack.mailbox_url, YUMI.slug, http)
        await yumi.sign_in(YUMI.address)
        naoki = Visitor(stack.public_origin, stack.mailbox_url, YUMI.slug, http)
        await naoki.post(f"/auth/{YUMI.slug}/codes", {"address": BY_TEXT})
        await _heard(stack, "MessageDelivered")
        voucher = await _checkout(stripe, yumi, hikari, YUMI)
        await stripe.pay_by_konbini(voucher)
        await _heard(stack, "PaymentProcessing")
        await stripe.lapse(voucher)
        await hikari.act("portal", enabled=False)
        await hikari.act("portal", enabled=True)


async def _taken_back(stack: Addresses, stripe: StripeSandbox, session: str) -> None:
    """A payment of which a part is given back, and which the payer's bank then disputes, and wins."""
    await stripe.pay(session)
    await _heard(stack, "PaymentCaptured")
    await stripe.refund(session, 500)
    await _heard(stack, "PaymentRefunded")
    await stripe.dispute(session)
    await _heard(stack, "PaymentDisputed")
    await stripe.close_dispute(session, won=False)


async def _heard(stack: Addresses, event: str) -> None:
    async def there() -> bool:
        return event in {each.event for each in await read_all(stack.kafka_bootstrap)}

    await eventually(there, what=f"{event} in the log", within=PATIENCE_SECONDS)


async def _visits(hub: ServiceHub) -> None:
    async def scheduled() -> str:
        words = {"service": "Window cleaning", "instructions": "Please leave the gate open."}
        return await hub.act("schedule", customer_id=HANNAH.customer_id, start=_START, **words)

    done, missed, cancelled = await scheduled(), await scheduled(), await scheduled()
    await hub.act("reschedule", appointment_id=done, start=_MOVED)
    await hub.act("staff", appointment_id=done, staff_ids=["s-1"])
    for action in ("en-route", "start"):
        await hub.act(action, appointment_id=done)
    await hub.act("complete", appointment_id=done, summary="All windows, inside and out.")
    await hub.act("miss", appointment_id=missed)
    await hub.act("cancel", appointment_id=cancelled, reason="Rain")


async def _invoices(hub: ServiceHub) -> None:
    bill: Mapping[str, object] = {"customer_id": HANNAH.customer_id, "lines": [_LINE], "memo": "Thank you."}
    kept = await hub.act("invoice", deposit=1000, **bill)
    await hub.act("revise", invoice_id=kept, lines=[{"description": "Tea", "unit_price": 700}])
    await hub.act("part-payment", invoice_id=kept, minimum=500)
    await hub.act("cash", invoice_id=kept, amount=300)
    await hub.act("void", invoice_id=await hub.act("invoice", **bill))
    await hub.act("write-off", invoice_id=await hub.act("invoice", **bill))


async def _customers(hub: ServiceHub) -> None:
    leaving = await hub.act("register", display_name="Sam Doe", email="sam@mail.example", locale="en")
    await hub.act("access", customer_id=leaving, allowed=False)
    await hub.act("schedule", customer_id=leaving, service="Carpets", start=_START)
    await hub.act("invoice", customer_id=leaving, lines=[_LINE])
    await hub.act("erase", customer_id=leaving)


async def _bounced_mail(hub: ServiceHub, mailbox_url: str) -> None:
    """News to somebody whose mail server takes none."""
    fault = {"channel": "smtp", "kind": "550", "times": 100, "to": "full@mail.example"}
    if not (answer := await hub.http.post(f"{mailbox_url}/_faults", json=fault)).is_success:
        raise JourneyFailed(f"550: {answer.text}")
    full = await hub.act("register", display_name="Full Box", email="full@mail.example", locale="en")
    await hub.act("schedule", customer_id=full, service="Carpets", start=_START)


async def _checkout(stripe: StripeSandbox, visitor: Visitor, hub: ServiceHub, guest: Guest) -> str:
    """Ask to pay a new invoice in full; returns the id of the Checkout Session."""
    invoice = await hub.act("invoice", customer_id=guest.customer_id, lines=[_LINE])
    before = {session.id for session in (await stripe.books()).sessions}
    form = {"invoice_id": invoice, "pay": "balance"}

    async def begun() -> set[str]:
        await visitor.post(f"/billing/{guest.slug}/checkouts", form)  # billing may not know the invoice yet
        return {session.id for session in (await stripe.books()).sessions} - before

    new = await eventually(begun, what="a Checkout Session", within=PATIENCE_SECONDS, met=bool)
    return new.pop()
