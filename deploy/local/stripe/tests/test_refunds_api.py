"""Refunds by Stripe's API: what it takes, and what it refuses in which words."""

from typing import cast

import pytest
import stripe
from paid_sessions import THEIRS, charge_of, paid, told
from portal_testing.stack.stripe_sandbox import Refused
from sandbox_beside import Running
from stripe.params import RefundCreateParams
from stripe_orders import HIKARI, SPARKLE, yen_order


async def test_cash_goes_back_when_the_payer_has_told_an_account(running: Running) -> None:
    theirs = stripe.RequestOptions(stripe_account=HIKARI)
    session = (await running.client().v1.checkout.sessions.create_async(yen_order(), theirs)).id
    booked = await running.controls.pay_by_konbini(session)
    assert booked.payment_intent is not None
    with pytest.raises(Refused, match="does not have a successful charge"):
        await running.controls.refund(session)
    await running.controls.settle(session)
    wanted = RefundCreateParams(payment_intent=booked.payment_intent)
    refund = await running.client().v1.refunds.create_async(wanted, theirs)
    assert (refund.status, refund.amount) == ("requires_action", 5_000)
    assert refund.next_action is not None
    assert refund.next_action.type == "display_details"
    await running.controls.settle_refund(refund.id)
    by_hand = (await running.controls.books(HIKARI)).refunds
    assert [(each.id, each.status) for each in by_hand] == [(refund.id, "succeeded")]


async def test_the_api_refunds_a_payment_intent_or_a_charge(running: Running) -> None:
    await paid(running)
    client, charge = running.client(), await charge_of(running)
    first = await client.v1.refunds.create_async(
        {
            "payment_intent": charge.payment_intent,
            "amount": 50,
            "reason": "duplicate",
            "metadata": {"a": "b"},
        },
        THEIRS,
    )
    assert (first.charge, first.amount, first.reason) == (charge.id, 50, "duplicate")
    assert first.metadata is not None
    assert first.metadata.to_dict() == {"a": "b"}
    rest = await client.v1.refunds.create_async({"charge": charge.id, "expand": ["charge"]}, THEIRS)
    assert rest.amount == 12_500
    assert cast("stripe.Charge", rest.charge).refunded
    for wanted in ({"charge": charge.id}, {"payment_intent": charge.payment_intent}, {}):
        listed = await client.v1.refunds.list_async(cast("stripe.params.RefundListParams", wanted), THEIRS)
        assert [each.id for each in listed.data] == [rest.id, first.id]
    events = (await told(running))[:2]
    assert all(event.request is not None and event.request.id for event in events)


async def test_more_than_is_left_is_refused_as_stripe_refuses_it(running: Running) -> None:
    session = await paid(running)
    client, charge = running.client(), await charge_of(running)
    await running.controls.refund(session, 50)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        await client.v1.refunds.create_async({"charge": charge.id, "amount": 12_501}, THEIRS)
    assert (refused.value.http_status, refused.value.code) == (400, None)
    assert "($125.01) is greater than unrefunded amount on charge ($125.00)" in str(refused.value)
    await running.controls.refund(session)
    with pytest.raises(stripe.InvalidRequestError, match="has already been refunded") as refused:
        await client.v1.refunds.create_async({"charge": charge.id}, THEIRS)
    assert (refused.value.http_status, refused.value.code) == (400, "charge_already_refunded")
    assert len((await running.controls.books()).refunds) == 2


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, "Missing required param: charge"),
        ({"charge": "ch_nobody"}, "No such charge: 'ch_nobody'"),
        ({"payment_intent": "pi_nobody"}, "No such payment_intent: 'pi_nobody'"),
        ({"charge": "ch_nobody", "colour": "red"}, "Received unknown parameter: colour"),
        ({"charge": "ch_nobody", "reverse_transfer": "true"}, "does not know how to do"),
    ],
)
async def test_a_refund_of_nothing_is_refused(running: Running, wanted: dict[str, str], told: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=told):
        await running.client().v1.refunds.create_async(cast("RefundCreateParams", wanted), THEIRS)


@pytest.mark.parametrize("amount", [0, -1])
async def test_an_amount_is_positive(running: Running, amount: int) -> None:
    await paid(running)
    charge = await charge_of(running)
    with pytest.raises(stripe.InvalidRequestError, match="Invalid positive integer"):
        await running.client().v1.refunds.create_async({"charge": charge.id, "amount": amount}, THEIRS)
    assert (await charge_of(running)).amount_refunded == 0


async def test_a_refund_under_the_same_key_is_one_refund(running: Running) -> None:
    await paid(running)
    client, charge = running.client(), await charge_of(running)
    options = stripe.RequestOptions(stripe_account=SPARKLE, idempotency_key="k1")
    first, again = [
        await client.v1.refunds.create_async({"charge": charge.id, "amount": 50}, options) for _ in range(2)
    ]
    assert first.id == again.id
    assert (await charge_of(running)).amount_refunded == 50
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.refunds.create_async({"charge": charge.id, "amount": 51}, options)


async def test_a_refund_whose_answer_was_lost_was_made(running: Running) -> None:
    await paid(running)
    charge = await charge_of(running)
    await running.controls.fault("refunds.create", "commit-then-500")
    with pytest.raises(stripe.APIError):
        await running.client().v1.refunds.create_async({"charge": charge.id}, THEIRS)
    assert (await charge_of(running)).refunded


async def test_another_account_sees_no_refund(running: Running) -> None:
    session = await paid(running)
    refund, charge = (await running.controls.refund(session)).id, await charge_of(running)
    other = stripe.RequestOptions(stripe_account=HIKARI)
    with pytest.raises(stripe.InvalidRequestError, match="No such refund"):
        await running.client().v1.refunds.retrieve_async(refund, None, other)
    with pytest.raises(stripe.InvalidRequestError, match="No such charge"):
        await running.client().v1.refunds.list_async({"charge": charge.id}, other)
    with pytest.raises(stripe.InvalidRequestError, match="No such charge"):
        await running.client().v1.refunds.create_async({"charge": charge.id}, other)
    assert (await running.client().v1.refunds.list_async(None, other)).data == []
