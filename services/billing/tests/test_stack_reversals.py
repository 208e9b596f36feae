"""Refunds and disputes: whoever tells of them, they are asked about, and become events once."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from billing.domain.webhook_event import WebhookEvent
from billing.handlers import reconcile
from servicehub_events import CustomerErased, Movement, Payment

from .billing_world import BUSINESS, CUSTOMER, World, invoice
from .postings import PAYER_EMAIL, posting
from .stripe_objects import event

pytestmark = pytest.mark.stack
GONE = CustomerErased(business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id)
BUSINESS_DAY = datetime(2026, 11, 24, tzinfo=UTC)
REFUNDED = ["PaymentStarted", "PaymentCaptured", "PaymentRefunded"]


@pytest.fixture
async def paid(world: World) -> Payment:
    """A payment of two invoices that we know of."""
    await world.know(invoice("in-1"), invoice("in-2"))
    payment = await world.started("in-1", "in-2")
    world.processor.pay("cs_1")
    await world.posted(posting(payment.payment_id))
    await world.work()
    return await world.state(payment.payment_id)


def told(kind: str, about: dict[str, object], event_id: str = "evt_2") -> bytes:
    """The raw body of an event about an object of Stripe's."""
    return json.dumps(event(kind, about, id=event_id)).encode()


def charge(payment: Payment) -> dict[str, object]:
    """A charge carries the metadata of its payment intent."""
    details = {"email": PAYER_EMAIL, "name": "Sample Payer"}
    metadata = {"payment_id": payment.payment_id}
    return {"id": "ch_1", "object": "charge", "billing_details": details, "metadata": metadata}


def dispute() -> dict[str, object]:
    """A dispute names its payment intent, in metadata of its own nothing of ours."""
    return {"id": "dp_1", "object": "dispute", "metadata": {}, "payment_intent": "pi_cs_1"}


async def test_a_refund_in_the_dashboard_becomes_an_event(world: World, paid: Payment) -> None:
    world.processor.refund_by_hand("cs_1", 1000)
    await world.posted(told("charge.refunded", charge(paid)))
    await world.work()
    assert await world.events() == REFUNDED
    state = await world.state(paid.payment_id)
    assert [(one.refund_id, one.amount) for one in state.refunds] == [("re_1", 1000)]
    assert sum(share.amount for share in state.refunds[0].allocations) == 1000
    assert (state.status, await world.held()) == ("captured", [])


async def test_told_again_or_late_it_stays_one(world: World, paid: Payment) -> None:
    world.processor.refund_by_hand("cs_1", 1000)
    for number in range(3):
        await world.posted(told("charge.refunded", charge(paid), f"evt_r{number}"))
    await world.handle(workers=3)
    await world.posted(posting(paid.payment_id, "evt_late"))
    await world.work()
    assert await world.events() == REFUNDED


async def test_what_nobody_told_the_reconciler_finds(world: World, paid: Payment) -> None:
    world.processor.refund_by_hand("cs_1", 1000)
    body = told("charge.refunded", charge(paid))
    world.processor.events.append(
        WebhookEvent(
            event_id="evt_2",
            account="acct_1",
            kind="charge.refunded",
            live=False,
            payment_id=paid.payment_id,
            at=world.clock.now,
            body=body,
        )
    )
    world.clock.pass_time(minutes=1)
    assert await reconcile.list_account_events(world.worker)
    await world.work()
    assert await world.events() == REFUNDED


async def test_a_dispute_is_found_by_the_payment_intent_it_names(world: World, paid: Payment) -> None:
    world.processor.dispute("cs_1", "open", paid.amount)
    await world.posted(told("charge.dispute.created", dispute()))
    await world.work()
    world.processor.dispute("cs_1", "lost", paid.amount)
    await world.posted(told("charge.dispute.closed", dispute(), "evt_3"))
    await world.work()
    assert (await world.events())[2:] == ["PaymentDisputed", "DisputeClosed"]
    state = await world.state(paid.payment_id)
    assert state.dispute
    assert (state.dispute.status, state.dispute.amount) == ("lost", paid.amount)
    named = await world.rows("SELECT payment_id FROM webhooks WHERE event_id IN ('evt_2', 'evt_3')")
    assert named == [(paid.payment_id,)] * 2  # so that erasing the payer reaches its body


async def test_a_dispute_of_a_payment_that_is_not_ours_is_unknown(world: World, paid: Payment) -> None:
    await world.posted(told("charge.dispute.created", dispute() | {"payment_intent": "pi_of_somebody"}))
    await world.work()
    assert await world.events() == REFUNDED[:2]
    assert await world.rows("SELECT outcome FROM webhooks WHERE event_id = 'evt_2'") == [("unknown",)]


async def test_a_processor_that_is_away_is_asked_again(world: World, paid: Payment) -> None:
    world.processor.dispute("cs_1", "open", paid.amount)
    world.processor.away = True
    await world.posted(told("charge.dispute.created", dispute()))
    await world.work()
    assert await world.events() == REFUNDED[:2]
    world.processor.away = False
    await world.work(minutes=1)
    assert (await world.events())[2:] == ["PaymentDisputed"]


async def test_a_refund_of_an_erased_customer_is_recorded_without_a_name(world: World, paid: Payment) -> None:
    await world.apply(GONE)
    world.processor.refund_by_hand("cs_1", paid.amount)
    await world.posted(told("charge.refunded", charge(paid)))
    await world.work()
    assert await world.events() == REFUNDED
    assert await world.rows("SELECT length(body) FROM webhooks") == [(0,)] * 2


def line(number: int, **changes: object) -> Movement:
    """A line in the processor's books, paid out."""
    entry = Movement(
        movement_id=f"txn_{number}",
        kind="charge",
        source_id="ch_1",
        amount=1000,
        fee=36,
        net=964,
        currency="JPY",
        at=BUSINESS_DAY,
        payout_id="po_1",
        arrived_at=BUSINESS_DAY,
    )
    return msgspec.structs.replace(entry, **changes)


async def test_a_payout_is_told_of_each_payment_in_it_once(world: World, paid: Payment) -> None:
    world.processor.payouts["po_1"] = [(paid.payment_id, line(1)), ("pi_cs_1", line(2)), ("", line(3))]
    for number in range(2):
        await world.posted(told("payout.paid", {"id": "po_1", "object": "payout"}, f"evt_{number + 2}"))
        await world.work()
    assert (await world.events())[-1] == "PaymentBooked"
    state = await world.state(paid.payment_id)
    assert [(one.movement_id, one.payout_id) for one in state.movements] == [
        ("txn_1", "po_1"),
        ("txn_2", "po_1"),
    ]


async def test_a_refund_that_fails_is_told_by_its_own_name(world: World, paid: Payment) -> None:
    made = world.processor.refund_by_hand("cs_1", 1000)
    await world.posted(told("charge.refunded", charge(paid)))
    await world.work()
    world.processor.fail_refund("cs_1", made)
    await world.posted(told("refund.failed", {**charge(paid), "object": "refund"}, "evt_3"))
    await world.work()
    assert await world.events() == [*REFUNDED, "RefundFailed"]
    state = await world.state(paid.payment_id)
    assert (state.refunds, [one.status for one in state.refund_attempts]) == ((), ["failed"])
