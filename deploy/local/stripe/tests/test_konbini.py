"""Konbini: completed is not paid."""

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import pytest
import stripe
from page_forms import press
from portal_testing.stack.stripe_sandbox import Refused
from sandbox_beside import NOW, Running
from stand_in_stripe.app import end_what_is_due
from stripe_orders import HIKARI, SPARKLE, order, yen_order

THEIRS = stripe.RequestOptions(stripe_account=HIKARI)


async def voucher(running: Running, **more: object) -> str:
    session = (await running.client().v1.checkout.sessions.create_async(yen_order(**more), THEIRS)).id
    await running.controls.pay_by_konbini(session)
    return session


async def read(running: Running, session: str) -> tuple[stripe.checkout.Session, stripe.PaymentIntent]:
    sessions = running.client().v1.checkout.sessions
    found = await sessions.retrieve_async(session, {"expand": ["payment_intent.latest_charge"]}, THEIRS)
    return found, cast("stripe.PaymentIntent", found.payment_intent)


async def types(running: Running) -> list[str]:
    return [event.type for event in (await running.controls.books()).events]


async def test_a_voucher_completes_the_session_and_pays_nothing(running: Running) -> None:
    session, intent = await read(running, await voucher(running))
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert (intent.status, intent.amount_received, intent.latest_charge) == ("requires_action", 0, None)
    assert intent.next_action is not None
    details = intent.next_action.konbini_display_details
    assert details is not None
    deadline = datetime.fromtimestamp(details.expires_at, ZoneInfo("Asia/Tokyo"))
    today = datetime.fromtimestamp(NOW, ZoneInfo("Asia/Tokyo"))
    assert (f"{deadline:%H:%M:%S}", (deadline.date() - today.date()).days) == ("23:59:59", 3)
    assert await types(running) == ["checkout.session.completed"]


async def test_it_is_paid_at_the_counter_later(running: Running) -> None:
    identifier = await voucher(running)
    await running.controls.settle(identifier)
    session, intent = await read(running, identifier)
    charge = cast("stripe.Charge", intent.latest_charge)
    assert (session.payment_status, intent.status, charge.amount) == ("paid", "succeeded", 5_000)
    assert (await types(running))[1:] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    with pytest.raises(Refused, match="no konbini voucher"):
        await running.controls.settle(identifier)


async def test_it_lapses_by_time(running: Running) -> None:
    identifier = await voucher(running, payment_method_options={"konbini": {"expires_after_days": 1}})
    running.pass_time(2 * 24 * 3600)
    end_what_is_due(running.sandbox)
    session, intent = await read(running, identifier)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert intent.status == "requires_payment_method"
    assert (await types(running))[1:] == [
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]
    with pytest.raises(Refused):
        await running.controls.settle(identifier)


async def test_a_voucher_can_be_withdrawn(running: Running) -> None:
    identifier = await voucher(running)
    _, intent = await read(running, identifier)
    canceled = await running.client().v1.payment_intents.cancel_async(intent.id, None, THEIRS)
    assert canceled.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="cannot cancel"):
        await running.client().v1.payment_intents.cancel_async(intent.id, None, THEIRS)
    with pytest.raises(Refused):
        await running.controls.settle(identifier)


async def test_a_voucher_that_is_being_paid_cannot_be_withdrawn(running: Running) -> None:
    identifier = await voucher(running)
    _, intent = await read(running, identifier)
    await running.controls.hold(identifier)
    with pytest.raises(stripe.InvalidRequestError, match="is paying it"):
        await running.client().v1.payment_intents.cancel_async(intent.id, None, THEIRS)
    await running.controls.settle(identifier)
    assert (await read(running, identifier))[1].status == "succeeded"


async def test_the_voucher_page_settles_and_lapses(running: Running) -> None:
    for button, paid in (("店頭で支払ったことにする", "paid"), ("期限切れにする", "unpaid")):
        session, intent = await read(running, await voucher(running))
        page = f"/konbini/{intent.id}"
        assert "¥5,000" in (await running.http.get(page)).text
        after = await press(running.http, page, button)
        assert (after.status_code, after.headers["Location"]) == (303, page)
        assert (await read(running, session.id))[0].payment_status == paid


@pytest.mark.parametrize(
    ("wanted", "account"),
    [
        (order(payment_method_types=["konbini"]), HIKARI),
        (yen_order(payment_method_types=["konbini"]), SPARKLE),
        (yen_order(119, payment_method_types=["konbini"]), HIKARI),
        (yen_order(300_001, payment_method_types=["konbini"]), HIKARI),
    ],
)
async def test_konbini_is_for_yen_in_japan_and_within_its_limits(
    running: Running, wanted: stripe.params.checkout.SessionCreateParams, account: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="konbini"):
        await running.client().v1.checkout.sessions.create_async(wanted, {"stripe_account": account})
    assert (await running.controls.books()).sessions == []


async def test_a_session_for_cards_only_prints_no_voucher(running: Running) -> None:
    session = await running.client().v1.checkout.sessions.create_async(
        yen_order(payment_method_types=["card"]), THEIRS
    )
    with pytest.raises(Refused, match="can't be paid by konbini"):
        await running.controls.pay_by_konbini(session.id)
