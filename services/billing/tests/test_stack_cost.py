"""What asking the processor costs follows what is open; what no webhook told is found all the same."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest
from billing.domain.webhook_event import WebhookEvent
from billing.handlers import reconcile
from servicehub_events import Business, PortalEnabled, as_event

from .billing_at_stripe import AtStripe
from .billing_world import BUSINESS, World, invoice
from .counters import ACCOUNT
from .postings import posting

pytestmark = pytest.mark.stack
MOVED: Business = as_event(PortalEnabled, BUSINESS, stripe_account=None)
NEXT = (
    "SELECT 'page', min(next_check_at) FROM checkout_sessions UNION ALL"
    " SELECT 'account', min(next_check_at) FROM accounts UNION ALL"
    " SELECT 'standing', min(next_check_at) FROM account_checks UNION ALL"
    " SELECT 'webhook', min(next_try_at) FROM webhooks"
)
"""When each kind of question is asked next."""
IDLE = ("never paid", "paid", "left unpaid", "cut off", "restricted", "without an account")


async def end_all_that_is_open(at_stripe: AtStripe, how: str) -> None:
    if how in ("never paid", "restricted"):
        await at_stripe.stripe.controls.account(ACCOUNT, "JP", "jpy", charges_enabled=how == "never paid")
        return
    payment = await at_stripe.started()
    if how in ("paid", "without an account"):
        await at_stripe.stripe.pay(await at_stripe.page_of(payment))
    await at_stripe.work(minutes=1)
    if how == "left unpaid":
        await at_stripe.stripe.run_out(await at_stripe.page_of(payment))
    if how == "cut off":
        await at_stripe.stripe.disconnect()
    if how == "without an account":
        await at_stripe.world.apply(MOVED)


async def calls_in(at_stripe: AtStripe, later: timedelta, *, steps: int) -> Counter[str]:
    """What is asked in that time, while the worker looks so often whether something is due."""
    before = len(at_stripe.stripe.calls)
    for _ in range(steps):
        await at_stripe.work(seconds=later.total_seconds() / steps)
    return Counter(at_stripe.stripe.calls[before:])


def refunded(at: datetime) -> WebhookEvent:
    """What an account tells, and no webhook did."""
    return WebhookEvent(
        event_id="evt_1",
        account="acct_1",
        kind="charge.refunded",
        live=False,
        payment_id="pa-unknown",
        at=at,
        body=b"{}",
    )


async def add_accounts(world: World, count: int) -> None:
    add = "INSERT INTO accounts VALUES (:b, :account, now() - interval '1 hour', now() - interval '1 hour')"
    async with world.worker.all_tenants() as tx:
        named = [{"b": BUSINESS.business_id, "account": f"acct_{number}"} for number in range(count)]
        await tx.run_each(add, named)


@pytest.mark.parametrize("how", IDLE)
async def test_a_business_with_nothing_open_costs_two_calls_an_hour_at_most(
    at_stripe: AtStripe, how: str
) -> None:
    await end_all_that_is_open(at_stripe, how)
    await calls_in(at_stripe, timedelta(hours=3), steps=12)
    calls = await calls_in(at_stripe, timedelta(hours=12), steps=48)
    assert 0 < calls.total() <= 24, calls


async def test_an_open_page_costs_some_calls_until_it_ends(at_stripe: AtStripe) -> None:
    await at_stripe.started()
    calls = await calls_in(at_stripe, timedelta(hours=1), steps=120)
    asked = sum(n for call, n in calls.items() if "sessions" in call)
    assert 10 <= asked <= 17, calls
    assert calls.total() - asked <= 10, calls


async def test_a_voucher_costs_two_calls_an_hour_while_nobody_pays_it(at_stripe: AtStripe) -> None:
    payment = await at_stripe.started()
    await at_stripe.stripe.take_voucher(await at_stripe.page_of(payment))
    await calls_in(at_stripe, timedelta(hours=6), steps=60)
    calls = await calls_in(at_stripe, timedelta(hours=12), steps=48)
    assert calls.total() <= 48, calls


async def test_those_who_only_look_cost_nothing(at_stripe: AtStripe) -> None:
    await at_stripe.work(minutes=1)
    before = list(at_stripe.stripe.calls)
    assert before == [f"GET /v1/accounts/{ACCOUNT}"]
    for _ in range(20):
        at_stripe.world.clock.pass_time(seconds=61)
        assert await at_stripe.may_be_charged()
    assert at_stripe.stripe.calls == before


async def test_what_no_webhook_told_of_an_old_payment_is_found_within_the_hour(at_stripe: AtStripe) -> None:
    payment = await at_stripe.started()
    page = await at_stripe.page_of(payment)
    await at_stripe.stripe.pay(page)
    for _ in range(10):
        await at_stripe.work(hours=1)
    await at_stripe.stripe.controls.refund(page, 1_000)
    await at_stripe.work(hours=1)
    assert [refund.amount for refund in (await at_stripe.state(payment)).refunds] == [1_000]
    await at_stripe.stripe.controls.dispute(page)
    await at_stripe.work(hours=1)
    assert (await at_stripe.state(payment)).dispute is not None


async def test_a_worker_that_was_away_for_days_finds_all_that_happened(at_stripe: AtStripe) -> None:
    payment = await at_stripe.started()
    page = await at_stripe.page_of(payment)
    await at_stripe.stripe.pay(page)
    await at_stripe.work(minutes=1)
    at_stripe.world.clock.pass_time(days=1)
    await at_stripe.stripe.controls.refund(page, 1_000)
    await at_stripe.work(days=3)
    assert len((await at_stripe.state(payment)).refunds) == 1


async def test_what_was_missed_once_is_looked_for_soon_again(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    for _ in range(12):
        await world.work(hours=1)
    world.processor.listed.clear()
    await world.work(minutes=1)
    assert world.processor.listed == []
    world.processor.events.append(refunded(world.clock.now))
    await world.work(hours=1)
    await world.work(seconds=31)
    assert world.processor.listed == ["acct_1"] * 2


async def test_many_accounts_are_listed_some_at_once(world: World) -> None:
    inside = most = 0

    async def count(point: str, about: str) -> None:
        nonlocal inside, most
        if point == "list":
            inside, most = inside + 1, max(most, inside + 1)
            for _ in range(20):
                await asyncio.sleep(0)
            inside -= 1

    await world.know()
    await add_accounts(world, 40)
    world.processor.hook = count
    await world.work()
    assert len(world.processor.listed) == 40
    assert 2 <= most <= 4


async def test_whoever_is_told_when_to_come_again_does_not_come_sooner(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    await world.posted(posting(payment.payment_id))
    world.processor.away, world.processor.rest = True, timedelta(minutes=20)
    world.clock.pass_time(minutes=1)
    began = world.clock.now
    for _ in range(4):
        await world.work()
    again = await world.rows(NEXT)
    assert {kind for kind, _ in again} == {"page", "account", "standing", "webhook"}
    assert all(isinstance(due, datetime) and due >= began + timedelta(minutes=20) for _, due in again), again
    world.processor.away = False
    world.processor.pay("cs_1")
    await world.work(minutes=21)
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]


async def test_a_processor_that_needs_a_rest_is_not_asked_about_the_next_ones_at_once(world: World) -> None:
    await world.know()
    await add_accounts(world, 40)
    world.processor.away = True
    assert not await reconcile.list_account_events(world.worker)
    assert len(world.processor.listed) == 4
