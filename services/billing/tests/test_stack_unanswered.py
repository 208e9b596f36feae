"""Whatever the processor answers, a payment ends: accounts disconnected, pages unknown, accounts changed."""

import json

import pytest
from billing import errors
from billing.handlers.start_checkout import ToPay
from servicehub_events import Business, Payment, PortalEnabled, as_event

from .billing_world import BUSINESS, World, invoice
from .portal_browser import Browser, where
from .stripe_objects import event, session

pytestmark = pytest.mark.stack
MOVED: Business = as_event(PortalEnabled, BUSINESS, stripe_account="acct_2")
WITHOUT: Business = as_event(PortalEnabled, BUSINESS, stripe_account=None)


@pytest.fixture
async def opened(world: World) -> Payment:
    """A payment whose page is open."""
    await world.know(invoice("in-1"))
    return await world.started("in-1")


def told(world: World, kind: str, about: dict[str, object]) -> bytes:
    """The raw body of an event of now."""
    return json.dumps(event(kind, about, created=int(world.clock.now.timestamp()))).encode()


def completed(world: World, payment: Payment) -> bytes:
    return told(world, "checkout.session.completed", session(client_reference_id=payment.payment_id))


def lose(world: World, how: str) -> None:
    if how == "disconnected":
        world.processor.unconnected.add("acct_1")
    else:
        world.processor.pages.clear()


LOST = pytest.mark.parametrize("how", ["disconnected", "gone"])


@LOST
async def test_while_somebody_could_pay_on_a_lost_page_nobody_pays_a_second_time(
    world: World, opened: Payment, how: str
) -> None:
    lose(world, how)
    with pytest.raises(errors.Unconfirmed) as refused:
        await world.pay("in-1")
    assert refused.value.params["until"]
    assert await world.held() == [("in-1", opened.payment_id)]


@LOST
async def test_an_hour_after_a_page_was_lost_its_invoice_is_payable_again(
    world: World, opened: Payment, how: str
) -> None:
    lose(world, how)
    await world.work(minutes=61)
    await world.work(minutes=6)
    assert await world.held() == []
    state = await world.state(opened.payment_id)
    assert (state.status, state.failure and state.failure.code) == ("failed", "unconfirmed")
    world.processor.unconnected.clear()
    assert (await world.started("in-1")).payment_id != opened.payment_id


@LOST
async def test_a_click_after_that_hour_needs_no_worker(world: World, opened: Payment, how: str) -> None:
    lose(world, how)
    world.clock.pass_time(minutes=61)
    await world.apply(MOVED)
    paying = await world.pay("in-1", business=MOVED)
    assert isinstance(paying, ToPay)
    assert paying.payment.processor.account == "acct_2"


async def test_money_that_is_told_of_when_the_account_is_back_is_captured(
    world: World, opened: Payment
) -> None:
    world.processor.pay("cs_1")
    lose(world, "disconnected")
    await world.posted(completed(world, opened))
    await world.work(minutes=61)
    world.processor.unconnected.clear()
    await world.work(minutes=61)
    assert await world.events() == ["PaymentStarted", "PaymentFailed", "PaymentCaptured"]


async def test_a_webhook_of_an_account_that_stays_away_is_given_up_after_three_days(
    world: World, opened: Payment
) -> None:
    lose(world, "disconnected")
    await world.posted(completed(world, opened))
    await world.work(minutes=5)
    assert await world.rows("SELECT outcome FROM webhooks") == [(None,)]
    await world.work(days=4)
    await world.work(minutes=10)
    assert await world.rows("SELECT outcome FROM webhooks") == [("declined",)]


async def test_a_voucher_of_a_lost_account_is_checked_by_an_operator(world: World, opened: Payment) -> None:
    world.processor.begin_slowly("cs_1")
    await world.work(minutes=1)
    lose(world, "disconnected")
    await world.work(days=20)
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")
    await world.work(days=20)
    state = await world.state(opened.payment_id)
    assert (state.status, state.review and state.review.reason) == ("processing", "account")
    assert await world.held() == [("in-1", opened.payment_id)]


async def test_a_business_that_changes_its_account_has_open_pages_on_the_old_one_called_off(
    world: World, opened: Payment
) -> None:
    await world.apply(MOVED)
    await world.work()
    assert world.processor.payable() == []
    assert (await world.state(opened.payment_id)).status == "expired"


async def test_a_page_on_the_old_account_is_not_joined_but_called_off(world: World, opened: Payment) -> None:
    await world.apply(MOVED)
    paying = await world.pay("in-1", business=MOVED)
    assert isinstance(paying, ToPay)
    assert paying.payment.payment_id != opened.payment_id
    assert [world.processor.pages[page].account for page in world.processor.payable()] == ["acct_2"]


async def test_a_business_without_an_account_has_no_open_page(world: World, opened: Payment) -> None:
    await world.apply(WITHOUT)
    await world.work()
    assert world.processor.payable() == []


async def test_what_was_paid_on_the_old_account_is_captured(world: World, opened: Payment) -> None:
    world.processor.pay("cs_1")
    await world.apply(MOVED)
    await world.work()
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]


@pytest.mark.parametrize("kind", ["account.updated", "account.application.deauthorized"])
async def test_an_account_that_tells_of_itself_is_asked_about_at_once(
    world: World, opened: Payment, kind: str
) -> None:
    await world.work(seconds=1)
    world.processor.asked.clear()
    await world.work(seconds=40)
    assert world.processor.asked == []
    world.processor.unconnected.add("acct_1")
    await world.posted(told(world, kind, {"id": "acct_1", "object": "account"}))
    await world.work(seconds=1)
    assert world.processor.asked == ["acct_1"]
    assert await world.rows("SELECT standing FROM account_checks") == [("missing",)]
    assert await world.rows("SELECT outcome FROM webhooks") == [("account",)]


async def test_a_payer_who_returns_from_a_lost_page_is_not_told_that_nothing_was_charged(
    browser: Browser,
) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.pay("cs_1")
    lose(world, "disconnected")
    answer = await browser.come_back(payment.payment_id)
    assert where(answer).endswith(f"/result/{payment.payment_id}")


async def test_a_form_on_a_lost_page_is_led_back_with_words(browser: Browser) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    await world.started("in-1")
    world.processor.pages.clear()
    assert where(await browser.pay("in-1")).endswith("/pay?invoice=in-1")
    flash = browser.flash()
    assert flash is not None
    assert flash.code == "pay_unconfirmed"
