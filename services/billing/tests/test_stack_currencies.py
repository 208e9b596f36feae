"""Stripe is told, and its books hold, every amount as it counts the currency; no other amount reaches it."""

import json

import pytest
from billing import errors
from msgspec.structs import replace
from portal_testing.currencies import CURRENCIES, Counted
from servicehub_events import Payment, PortalEnabled, Tip, Tips, as_event

from .billing_at_stripe import AT_STRIPE, AtStripe
from .life_steps import issued

pytestmark = pytest.mark.stack
MONEY = pytest.mark.parametrize("money", CURRENCIES, ids=str)


async def owe(at_stripe: AtStripe, money: Counted, amount: int) -> None:
    invoice = replace(issued("in-1", amount), currency=money.currency)
    await at_stripe.world.apply(as_event(PortalEnabled, AT_STRIPE, tips=Tips()), invoice)


@MONEY
async def test_stripes_books_hold_the_amount_and_events_say_ours(at_stripe: AtStripe, money: Counted) -> None:
    await owe(at_stripe, money, money.amount)
    payment = await at_stripe.started()
    page, controls = await at_stripe.page_of(payment), at_stripe.stripe.controls
    session = await at_stripe.world.session(payment.payment_id)
    (line,) = json.loads(session.request)["line_items"]
    assert line["price_data"]["unit_amount"] == money.on_the_wire
    await controls.pay(page)
    half = money.on_the_wire // 2 // 100 * 100
    await controls.refund(page, half)
    await at_stripe.work(minutes=1)
    (charge,) = (await controls.books()).paid()
    assert (charge.amount, charge.currency, charge.amount_refunded) == (
        money.on_the_wire,
        money.currency.lower(),
        half,
    )
    state: Payment = await at_stripe.state(payment)
    assert (state.status, state.amount, state.review) == ("captured", money.amount, None)
    ours = half * money.amount // money.on_the_wire
    assert [refund.amount for refund in state.refunds] == [ours]


@MONEY
async def test_a_tip_is_a_line_of_its_own_and_no_money_of_the_invoice(
    at_stripe: AtStripe, money: Counted
) -> None:
    await owe(at_stripe, money, money.amount)
    tip = money.step * 7
    payment = await at_stripe.started(tip=tip)
    session = await at_stripe.world.session(payment.payment_id)
    lines = [item["price_data"] for item in json.loads(session.request)["line_items"]]
    of_tip = 7 * money.on_the_wire * money.step // money.amount
    assert [(line["product_data"]["name"], line["unit_amount"]) for line in lines] == [
        ("Invoice 2026-0001", money.on_the_wire),
        ("Tip", of_tip),
    ]
    await at_stripe.stripe.controls.pay(await at_stripe.page_of(payment))
    await at_stripe.work(minutes=1)
    (charge,) = (await at_stripe.stripe.controls.books()).paid()
    assert charge.amount == money.on_the_wire + of_tip
    state = await at_stripe.state(payment)
    assert (state.status, state.review, state.amount, state.tip) == (
        "captured",
        None,
        money.amount,
        Tip(amount=tip),
    )
    (owed,) = await at_stripe.owed("in-1")
    assert (owed.money.state, owed.money.received, owed.money.credit) == ("paid", money.amount, 0)


@MONEY
async def test_least_and_most_are_taken_and_what_is_beyond_them_begins_nothing(
    at_stripe: AtStripe, money: Counted
) -> None:
    for amount in (money.least, money.most):
        await owe(at_stripe, money, amount)
        payment = await at_stripe.started()
        await at_stripe.stripe.controls.expire(await at_stripe.page_of(payment))
        await at_stripe.work(minutes=1)
    calls = len(at_stripe.stripe.calls)
    beyond = [money.least - 1, money.most + 1] + [money.amount + 1] * (money.step > 1)
    for amount in filter(None, beyond):
        await owe(at_stripe, money, amount)
        with pytest.raises(errors.AmountNotOnline):
            await at_stripe.started()
    assert len(at_stripe.stripe.calls) == calls
