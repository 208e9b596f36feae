"""Payers who are asked elsewhere: by the bank of their card (3-D Secure), and by PayPay."""

import httpx
import pytest
import stripe
from paid_sessions import THEIRS
from portal_testing.stack.stripe_sandbox import Refused
from sandbox_beside import Running
from stripe_orders import HIKARI, SPARKLE, SUCCESS_URL, order, yen_order

ASKED, ASKED_THEN_DECLINED = "4000002760003184", "4000008400001629"
FORM = {"method": "card", "email": "p@mail.example", "name": "P", "expiry": "12/34", "cvc": "123"}


async def opened(running: Running, *, yen: bool = False, **more: object) -> str:
    wanted, account = (yen_order(**more), HIKARI) if yen else (order(**more), SPARKLE)
    return (await running.client().v1.checkout.sessions.create_async(wanted, {"stripe_account": account})).id


async def sent(running: Running, session: str, **fields: str) -> httpx.Response:
    return await running.http.post(f"/c/pay/{session}", data=FORM | fields)


async def intent_of(running: Running, session: str, account: str = SPARKLE) -> stripe.PaymentIntent:
    found = await running.client().v1.checkout.sessions.retrieve_async(
        session, {"expand": ["payment_intent.latest_charge"]}, {"stripe_account": account}
    )
    assert isinstance(found.payment_intent, stripe.PaymentIntent)
    return found.payment_intent


async def test_a_bank_asks_and_the_payer_comes_back_paid(running: Running) -> None:
    session = await opened(running)
    away = await sent(running, session, card=ASKED)
    assert (away.status_code, away.headers["Location"]) == (303, f"/approve/{session}")
    waits = await intent_of(running, session)
    assert (waits.status, waits.amount_received) == ("requires_action", 0)
    assert waits.next_action is not None
    assert waits.next_action.redirect_to_url is not None
    assert waits.next_action.redirect_to_url.url == f"{running.url}/approve/{session}"
    assert "Your bank asks" in (await running.http.get(f"/approve/{session}")).text
    back = await running.http.post(f"/approve/{session}", data={"approved": "yes"})
    assert back.headers["Location"] == SUCCESS_URL.replace("{CHECKOUT_SESSION_ID}", session)
    paid = await intent_of(running, session)
    assert (paid.status, paid.next_action) == ("succeeded", None)
    assert isinstance(paid.latest_charge, stripe.Charge)
    details = paid.latest_charge.payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.three_d_secure is not None
    assert details.card.three_d_secure.result == "authenticated"


async def test_who_refuses_is_charged_nothing_and_may_pay_otherwise(running: Running) -> None:
    session = await opened(running)
    await sent(running, session, card=ASKED)
    refused = await running.http.post(f"/approve/{session}", data={})
    assert (refused.status_code, "did not approve" in refused.text) == (402, True)
    failed = await intent_of(running, session)
    assert failed.last_payment_error is not None
    assert (failed.status, failed.last_payment_error.code) == (
        "requires_payment_method",
        "payment_intent_authentication_failure",
    )
    await running.controls.pay(session)
    books = await running.controls.books()
    assert (len(books.charges), len(books.payment_intents)) == (1, 1)


async def test_a_card_may_be_declined_after_the_bank_asked(running: Running) -> None:
    session = await opened(running)
    await running.controls.pay(session, ASKED_THEN_DECLINED)
    with pytest.raises(Refused, match="card_declined"):
        await running.controls.approve(session)
    assert [charge.paid for charge in (await running.controls.books()).charges] == [False]


async def test_nobody_is_asked_twice_nor_after_the_page_expired(running: Running) -> None:
    done, late = await opened(running), await opened(running)
    for session in (done, late):
        await running.controls.pay(session, ASKED)
    await running.controls.approve(done)
    await running.controls.expire(late)
    for session in (done, late):
        with pytest.raises(Refused, match="Nobody asks"):
            await running.controls.approve(session)
        answer = await running.http.post(f"/approve/{session}", data={"approved": "yes"})
        assert answer.headers["Location"] == f"/c/pay/{session}"
    assert len((await running.controls.books()).paid()) == 1


async def test_an_intent_that_waits_for_the_payer_ends_with_its_page_and_not_before(running: Running) -> None:
    session = await opened(running)
    await running.controls.pay(session, ASKED)
    intent = await intent_of(running, session)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        await running.client().v1.payment_intents.cancel_async(intent.id, None, THEIRS)
    with pytest.raises(Refused, match="no konbini voucher"):
        await running.controls.settle(session)
    await running.controls.expire(session)
    assert (await intent_of(running, session)).status == "canceled"


async def test_paypay_is_approved_there_and_refunded_at_once(running: Running) -> None:
    session = await opened(running, yen=True, locale="ja")
    away = await sent(running, session, method="paypay")
    assert "PayPay での支払いの承認" in (await running.http.get(away.headers["Location"])).text
    await running.controls.approve(session)
    paid = await intent_of(running, session, HIKARI)
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert paid.latest_charge.payment_method_details is not None
    assert paid.latest_charge.payment_method_details.type == "paypay"
    refund = await running.client().v1.refunds.create_async(
        {"payment_intent": paid.id}, {"stripe_account": HIKARI}
    )
    assert refund.status == "succeeded"
    assert refund.destination_details is not None
    assert refund.destination_details.type == "paypay"
    with pytest.raises(Refused, match="Only a payment by card"):
        await running.controls.dispute(session)


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        (5_000, "usd", "is invalid for one of the payment method types: paypay"),
        (1_000_001, "jpy", "Amounts paid by paypay must be between 50 and 1,000,000 jpy"),
    ],
)
async def test_paypay_takes_yen_up_to_a_million(
    running: Running, amount: int, currency: str, told: str
) -> None:
    wanted = order(amount, currency, payment_method_types=["paypay"])
    with pytest.raises(stripe.InvalidRequestError, match=told):
        await running.client().v1.checkout.sessions.create_async(wanted, {"stripe_account": HIKARI})
    offered = await running.client().v1.checkout.sessions.create_async(
        yen_order(), {"stripe_account": HIKARI}
    )
    assert offered.payment_method_types == ["card", "konbini", "paypay"]
