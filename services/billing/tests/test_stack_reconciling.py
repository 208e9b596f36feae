"""Correct without webhooks: slow money, changed invoices, erased customers, mismatches."""

from datetime import timedelta
from itertools import pairwise

import pytest
from billing import errors
from billing.handlers import reconcile
from billing.handlers.start_checkout import ToSee
from billing.handlers.upkeep import keep_up
from servicehub_events import CustomerErased, InvoiceErased, RecordedPayment, SessionRevoked, as_event
from servicehub_events_tools.testing import samples

from .billing_world import BUSINESS, CUSTOMER, World, invoice
from .postings import posting

pytestmark = pytest.mark.stack


async def test_without_any_webhook_a_payment_is_captured(world: World) -> None:
    await world.know(invoice("in-1"), invoice("in-2"))
    await world.started("in-1")
    await world.started("in-2")
    world.processor.pay("cs_1")
    world.processor.pay("cs_2")
    await world.work(minutes=1)
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"] * 2
    assert await world.held() == []


async def test_a_session_is_asked_about_less_and_less_often_and_never_after_its_end(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    asked = 0
    for _ in range(120):
        world.clock.pass_time(seconds=10)
        asked += await reconcile.check_due_sessions(world.worker)
    assert 5 <= asked <= 12
    world.processor.pay("cs_1")
    await world.work(minutes=6)
    world.clock.pass_time(days=1)
    assert not await reconcile.check_due_sessions(world.worker)


async def test_slow_money_holds_its_invoices_until_it_is_there(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.begin_slowly("cs_1")
    await world.work(minutes=1)
    assert (await world.state(payment.payment_id)).status == "processing"
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")
    world.processor.pay_slowly("cs_1")
    await world.work(days=3)
    assert await world.events() == ["PaymentStarted", "PaymentProcessing", "PaymentCaptured"]
    assert await world.held() == []
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")


async def test_slow_money_that_never_came_frees_its_invoices(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.begin_slowly("cs_1")
    await world.work(minutes=1)
    world.processor.run_out("cs_1")
    await world.work(days=3)
    assert await world.events() == ["PaymentStarted", "PaymentProcessing", "PaymentFailed"]
    assert (await world.state(payment.payment_id)).failure is not None
    assert (await world.started("in-1")).payment_id != payment.payment_id


async def test_another_set_does_not_call_off_slow_money(world: World) -> None:
    await world.know(invoice("in-1"), invoice("in-2"))
    payment = await world.started("in-1")
    world.processor.begin_slowly("cs_1")
    seen = await world.pay("in-1", "in-2")
    assert isinstance(seen, ToSee)
    assert (seen.payment.payment_id, seen.payment.status) == (payment.payment_id, "processing")


CASH = RecordedPayment(id="rp-1", method="cash", amount=1, received_on=samples.invoice().issued_on)
CHANGES = [{"status": "void"}, {"status": "uncollectible"}, {"total": 17559}, {"recorded_payments": (CASH,)}]


@pytest.mark.parametrize("change", CHANGES)
async def test_an_invoice_that_owes_less_closes_the_page_that_asks_for_more(
    world: World, change: dict[str, object]
) -> None:
    await world.know(invoice("in-1"), invoice("in-2"))
    await world.started("in-1", "in-2")
    await world.revise(as_event(type(invoice("in-1")), invoice("in-1"), **change))
    await world.work()
    assert world.processor.payable() == []
    assert await world.events() == ["PaymentStarted", "PaymentExpired"]
    assert await world.held() == []


@pytest.mark.parametrize("change", [{"memo": "newer"}, {"total": 17561}])
async def test_an_invoice_that_owes_as_much_or_more_leaves_the_page_open(
    world: World, change: dict[str, object]
) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    await world.revise(as_event(type(invoice("in-1")), invoice("in-1"), **change))
    await world.work()
    assert world.processor.payable() == ["cs_1"]


async def test_what_was_paid_before_the_invoice_was_withdrawn_is_captured(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    world.processor.pay("cs_1")
    await world.revise(as_event(type(invoice("in-1")), invoice("in-1"), status="void"))
    await world.work()
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]


GONE = CustomerErased(business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id)
INVOICE_GONE = InvoiceErased(
    business_id=BUSINESS.business_id, invoice_id="in-1", customer_id=CUSTOMER.customer_id
)


@pytest.mark.parametrize("gone", [GONE, INVOICE_GONE])
async def test_the_page_of_the_erased_is_closed_within_minutes(
    world: World, gone: CustomerErased | InvoiceErased
) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    await world.apply(gone)
    await world.work(minutes=1)
    assert world.processor.payable() == []
    with pytest.raises(errors.InvoiceUnknown):
        await world.pay("in-1")


async def test_the_money_of_an_erased_customer_is_not_lost(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    world.processor.pay("cs_1")
    await world.apply(GONE)
    await world.work(minutes=1)
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]


@pytest.mark.parametrize("amount", [17559, 17561])
async def test_another_amount_than_ours_is_flagged_and_keeps_its_claim(world: World, amount: int) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.tamper("cs_1", amount)
    world.processor.pay("cs_1")
    await world.work(minutes=1)
    await world.work(minutes=10)
    state = await world.state(payment.payment_id)
    assert state.review is not None
    assert state.review.reason == "amount"
    assert await world.events() == ["PaymentStarted", "PaymentFlagged"]
    assert await world.held() == [("in-1", payment.payment_id)]
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")


async def test_one_session_that_trips_the_worker_does_not_stop_the_others(world: World) -> None:
    await world.know(invoice("in-1"), invoice("in-2"))
    await world.started("in-1")
    await world.started("in-2")
    world.processor.pages.pop("cs_1")
    world.processor.pay("cs_2")
    await world.work(minutes=1)
    assert sorted(await world.events()) == ["PaymentCaptured", "PaymentStarted", "PaymentStarted"]


async def test_an_account_where_nothing_was_missed_is_asked_less_and_less_often(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    asked = [second for second in range(0, 12_000, 10) if await is_listed(world, later=second > 0)]
    gaps = [later - sooner for sooner, later in pairwise(asked)]
    assert gaps == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


async def is_listed(world: World, *, later: bool) -> bool:
    world.clock.pass_time(seconds=10 * later)
    return await reconcile.list_account_events(world.worker)


async def test_an_account_that_did_not_answer_is_asked_from_where_it_was(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    (before,) = await world.rows("SELECT events_listed_until FROM accounts")
    world.processor.away = True
    world.clock.pass_time(minutes=5)
    assert not await reconcile.list_account_events(world.worker)
    assert await world.rows("SELECT events_listed_until FROM accounts") == [before]
    world.processor.away = False
    world.clock.pass_time(minutes=5)
    assert await reconcile.list_account_events(world.worker)
    assert await world.rows("SELECT events_listed_until FROM accounts") != [before]


async def test_old_webhooks_and_ended_sessions_are_forgotten_in_time(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.posted(posting("pa-unknown"))
    await world.work()
    ends = world.clock.now + timedelta(hours=1)
    ended = as_event(
        SessionRevoked, samples.session(), expires_at=ends, revoked_at=world.clock.now, reason="signed_out"
    )
    await world.apply(ended)
    for later, left in (
        (timedelta(hours=2), (1, 1)),
        (timedelta(days=2), (1, 0)),
        (timedelta(days=26), (0, 0)),
    ):
        world.clock.now = ends + later
        await keep_up(world.worker)
        found = await world.rows(
            "SELECT (SELECT count(*) FROM webhooks), (SELECT count(*) FROM ended_sessions)"
        )
        assert found == [left]


async def test_a_webhook_that_is_not_handled_is_never_forgotten(world: World) -> None:
    await world.posted(posting("pa-unknown"))
    world.clock.pass_time(days=365)
    await keep_up(world.worker)
    assert len(await world.rows("SELECT 1 FROM webhooks")) == 1
