"""Stripe's own answers, by its adapter and the sandbox, at a real database; no webhook ever comes."""

import pytest
from billing.handlers.operate import ClearByHand, clear_by_hand
from billing.handlers.receive_webhooks import store_missed

from .billing_at_stripe import AtStripe
from .counters import ACCOUNT

pytestmark = pytest.mark.stack


async def test_money_taken_on_an_account_that_was_cut_off_is_captured_when_it_is_back(
    at_stripe: AtStripe,
) -> None:
    payment = await at_stripe.started()
    await at_stripe.stripe.disconnect()
    await at_stripe.stripe.pay(await at_stripe.page_of(payment))
    await at_stripe.work(minutes=61)
    assert await at_stripe.world.held() == []
    failed = await at_stripe.state(payment)
    assert (failed.status, failed.failure and failed.failure.code) == ("failed", "unconfirmed")
    await at_stripe.stripe.controls.account(ACCOUNT, "JP", "jpy")
    await at_stripe.work(minutes=1)
    assert (await at_stripe.state(payment)).status == "captured"


async def test_what_was_posted_of_an_account_that_was_away_for_days_is_looked_at_when_it_is_back(
    at_stripe: AtStripe,
) -> None:
    payment, ctx = await at_stripe.started(), at_stripe.worker
    await at_stripe.stripe.pay(await at_stripe.page_of(payment))
    await store_missed(ctx, await ctx.processor.list_events(ACCOUNT, payment.occurred_at, ctx.clock()))
    await at_stripe.stripe.disconnect()
    await at_stripe.work(days=3)
    await at_stripe.work(minutes=61)
    assert (await at_stripe.state(payment)).status == "failed"
    await at_stripe.stripe.controls.account(ACCOUNT, "JP", "jpy")
    await at_stripe.work(days=1)
    await at_stripe.work(minutes=6)
    assert (await at_stripe.state(payment)).status == "captured"


async def test_a_session_that_stripe_forgot_holds_its_invoice_for_an_hour(
    at_stripe: AtStripe,
) -> None:
    payment = await at_stripe.started()
    await at_stripe.stripe.controls.forget(await at_stripe.page_of(payment))
    await at_stripe.work(minutes=50)
    assert len(await at_stripe.world.held()) == 1
    await at_stripe.work(minutes=11)
    assert await at_stripe.world.held() == []
    assert (await at_stripe.started()).payment_id != payment.payment_id


@pytest.mark.parametrize("won", [True, False])
async def test_an_inquiry_that_becomes_a_chargeback_is_followed_until_it_is_closed(
    at_stripe: AtStripe, won: bool
) -> None:
    payment = await at_stripe.started()
    page, controls = await at_stripe.page_of(payment), at_stripe.stripe.controls
    await at_stripe.stripe.pay(page)
    await at_stripe.work(minutes=1)
    await controls.dispute(page, warning=True)
    await at_stripe.work(minutes=1)
    assert (await at_stripe.state(payment)).dispute is None
    dispute = (await controls.escalate_dispute(page)).id
    await at_stripe.work(minutes=1)
    opened = (await at_stripe.state(payment)).dispute
    assert opened is not None
    assert (opened.status, opened.dispute_id) == ("open", dispute)
    await controls.close_dispute(page, won=won)
    await at_stripe.work(minutes=1)
    closed = (await at_stripe.state(payment)).dispute
    assert closed is not None
    assert closed.status == ("won" if won else "lost")
    kinds = ["PaymentStarted", "PaymentCaptured", "PaymentDisputed", "DisputeClosed"]
    assert await at_stripe.world.events() == kinds


async def test_a_dispute_that_was_prevented_is_closed_with_the_money_gone(at_stripe: AtStripe) -> None:
    payment = await at_stripe.started()
    page = await at_stripe.page_of(payment)
    await at_stripe.stripe.pay(page)
    await at_stripe.stripe.controls.dispute(page, warning=True)
    await at_stripe.stripe.controls.prevent_dispute(page)
    await at_stripe.work(minutes=1)
    ended = (await at_stripe.state(payment)).dispute
    assert ended is not None
    assert (ended.status, ended.amount) == ("lost", payment.amount)


async def test_another_amount_is_cleared_with_what_stripe_took_and_its_refunds_are_seen(
    at_stripe: AtStripe,
) -> None:
    payment = await at_stripe.started()
    page, controls = await at_stripe.page_of(payment), at_stripe.stripe.controls
    await controls.pay(page, total=10_000)
    await at_stripe.work(minutes=1)
    flagged = await at_stripe.state(payment)
    assert flagged.taken is not None
    assert (flagged.taken.amount, flagged.taken.currency) == (10_000, "JPY")
    decision = ClearByHand(payment.payment_id, "accepted", "day shift", "agreed by phone")
    assert (await clear_by_hand(at_stripe.worker, decision)).amount == 10_000
    await controls.refund(page, 1_000)
    await at_stripe.work(minutes=1)
    assert [refund.amount for refund in (await at_stripe.state(payment)).refunds] == [1_000]
