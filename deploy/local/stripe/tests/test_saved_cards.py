"""Customers and the cards kept for them, and charging one while its payer is not there."""

from collections.abc import Mapping
from typing import cast

import pytest
import stripe
from page_forms import press
from paid_sessions import THEIRS
from portal_testing.stack.stripe_sandbox import BookedSession, Refused
from sandbox_beside import Running
from stripe.params import CustomerListPaymentMethodsParams, PaymentIntentCreateParams
from stripe.params.checkout import SessionCreateParams
from stripe_orders import HIKARI, SETUP, order

FUTURE: dict[str, object] = {"payment_intent_data": {"setup_future_usage": "off_session"}}


async def customer_of(running: Running, **fields: str) -> str:
    params = cast("stripe.params.CustomerCreateParams", {"email": "hannah@mail.example", **fields})
    return (await running.client().v1.customers.create_async(params, THEIRS)).id


async def bought(
    running: Running, more: Mapping[str, object], card: str = "4242424242424242", *, save: bool = False
) -> BookedSession:
    wanted = cast("SessionCreateParams", more if "mode" in more else order(**more))
    opened = await running.client().v1.checkout.sessions.create_async(wanted, THEIRS)
    session = await running.controls.pay(opened.id, card, save=save)
    if session.status == "open":
        session = await running.controls.approve(opened.id)
    return session


async def kept(running: Running, customer: str, **wanted: str) -> list[stripe.PaymentMethod]:
    params = cast("CustomerListPaymentMethodsParams", wanted)
    methods = running.client().v1.customers.payment_methods
    return (await methods.list_async(customer, params, THEIRS)).data


async def charge(running: Running, customer: str, method: str, amount: int = 9_000) -> stripe.PaymentIntent:
    params: PaymentIntentCreateParams = {
        "amount": amount,
        "currency": "usd",
        "customer": customer,
        "payment_method": method,
        "confirm": True,
        "off_session": True,
        "metadata": {"payment_id": "pay-2"},
    }
    return await running.client().v1.payment_intents.create_async(params, THEIRS)


async def test_a_card_is_kept_with_a_payment_and_charged_later(running: Running) -> None:
    customer = await customer_of(running)
    await bought(running, FUTURE | {"customer": customer})
    (method,) = await kept(running, customer, type="card")
    assert method.card is not None
    assert (method.card.last4, method.customer, method.allow_redisplay) == ("4242", customer, "limited")
    intent = await charge(running, customer, method.id)
    assert (intent.status, intent.amount_received, intent.customer) == ("succeeded", 9_000, customer)
    first, second = (await running.controls.books()).paid()
    assert (first.amount, second.amount, second.metadata) == (12_550, 9_000, {"payment_id": "pay-2"})
    kinds = [event.type for event in (await running.controls.books()).events]
    assert kinds == [
        "customer.created",
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


async def test_a_session_of_mode_setup_keeps_a_card_and_takes_nothing(running: Running) -> None:
    customer = await customer_of(running)
    session = await bought(running, SETUP | {"customer": customer})
    assert (session.status, session.payment_status) == ("complete", "no_payment_required")
    found = await running.client().v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["setup_intent.payment_method"]}, THEIRS
    )
    assert isinstance(found.setup_intent, stripe.SetupIntent)
    assert (found.setup_intent.status, found.setup_intent.usage) == ("succeeded", "off_session")
    assert (found.amount_total, found.payment_intent) == (None, None)
    (method,) = await kept(running, customer)
    assert isinstance(found.setup_intent.payment_method, stripe.PaymentMethod)
    assert found.setup_intent.payment_method.id == method.id
    books = await running.controls.books()
    assert (books.charges, [event.type for event in books.events][-2:]) == (
        [],
        ["setup_intent.succeeded", "checkout.session.completed"],
    )


@pytest.mark.parametrize(
    ("more", "save", "redisplay"),
    [
        ({}, False, None),
        ({"saved_payment_method_options": {"payment_method_save": "enabled"}}, True, "always"),
        (FUTURE, False, "limited"),
    ],
)
async def test_a_card_is_kept_only_where_it_was_asked_for(
    running: Running, more: dict[str, object], save: bool, redisplay: str | None
) -> None:
    customer = await customer_of(running)
    await bought(running, more | {"customer": customer}, save=save)
    found = [method.allow_redisplay for method in await kept(running, customer)]
    assert found == ([] if redisplay is None else [redisplay])


async def test_checkout_makes_a_customer_where_it_is_asked_to_and_else_keeps_nothing(
    running: Running,
) -> None:
    client = running.client().v1
    session = (await bought(running, FUTURE | {"customer_creation": "always"})).id
    made = (await client.checkout.sessions.retrieve_async(session, None, THEIRS)).customer
    listed = await client.payment_methods.list_async({"customer": str(made)}, THEIRS)
    assert [method.customer for method in listed.data] == [made]
    session = (await bought(running, FUTURE)).id
    assert (await client.checkout.sessions.retrieve_async(session, None, THEIRS)).customer is None
    assert len((await running.controls.books()).events) == 5 + 3


@pytest.mark.parametrize(
    ("card", "code", "decline"),
    [
        ("4000002500003155", None, None),
        ("4000002760003184", "authentication_required", "authentication_required"),
        ("4000008260003178", "card_declined", "insufficient_funds"),
        ("4000000000000341", "card_declined", "generic_decline"),
    ],
)
async def test_a_kept_card_that_is_declined_tells_the_intent(
    running: Running, card: str, code: str | None, decline: str | None
) -> None:
    customer = await customer_of(running)
    await bought(running, SETUP | {"customer": customer}, card)
    (method,) = await kept(running, customer)
    if code is None:
        assert (await charge(running, customer, method.id)).status == "succeeded"
        return
    with pytest.raises(stripe.CardError) as refused:
        await charge(running, customer, method.id)
    assert refused.value.error is not None
    intent = refused.value.error.payment_intent
    assert intent is not None
    assert (refused.value.code, refused.value.error.decline_code) == (code, decline)
    found = await running.client().v1.payment_intents.retrieve_async(intent.id, None, THEIRS)
    assert (found.status, found.last_payment_error is not None) == ("requires_payment_method", True)


@pytest.mark.parametrize(("usage", "passes"), [("off_session", True), ("on_session", False)])
async def test_a_card_whose_bank_asks_once_is_charged_later_if_it_was_kept_for_that(
    running: Running, usage: str, passes: bool
) -> None:
    customer = await customer_of(running)
    wanted = {"payment_method_options": {"card": {"setup_future_usage": usage}}, "customer": customer}
    await bought(running, wanted, "4000002500003155")
    (method,) = await kept(running, customer)
    if passes:
        assert (await charge(running, customer, method.id)).status == "succeeded"
        return
    with pytest.raises(stripe.CardError) as refused:
        await charge(running, customer, method.id)
    assert refused.value.code == "authentication_required"


OF_CARDS: dict[str, object] = {"payment_method_options": {"card": {"setup_future_usage": "on_session"}}}
SHOWN: dict[str, object] = {
    "saved_payment_method_options": {"allow_redisplay_filters": ["always", "limited"]},
}


async def test_a_kept_card_is_offered_at_the_next_payment_of_its_customer_alone(running: Running) -> None:
    customer, other = await customer_of(running), await customer_of(running)
    await bought(running, OF_CARDS | {"customer": customer})
    (method,) = await kept(running, customer)
    opened = running.client().v1.checkout.sessions.create_async
    for shown in ({"customer": customer}, SHOWN | {"customer": other}):  # kept as limited; another's
        page = (await opened(order(**shown), THEIRS)).id
        with pytest.raises(Refused, match="does not offer that card"):
            await running.controls.pay(page, kept=method.id)
    page = (await opened(order(**SHOWN, customer=customer), THEIRS)).id
    answer = await press(running.http, f"/c/pay/{page}", "Pay $125.50 with visa 4242")
    assert answer.status_code == 303
    assert [one.id for one in await kept(running, customer)] == [method.id]
    assert len((await running.controls.books()).paid()) == 2


@pytest.mark.parametrize(
    ("card", "status"),
    [("4000002500003155", "complete"), ("4000002760003184", "open"), ("4000000000000341", None)],
)
async def test_a_kept_card_is_asked_about_or_declined_as_its_bank_wants(
    running: Running, card: str, status: str | None
) -> None:
    customer = await customer_of(running)
    await bought(running, SETUP | {"customer": customer}, card)
    (method,) = await kept(running, customer)
    wanted = order(**SHOWN, customer=customer)
    page = (await running.client().v1.checkout.sessions.create_async(wanted, THEIRS)).id
    if status is None:
        with pytest.raises(Refused, match="declined"):
            await running.controls.pay(page, kept=method.id)
        return
    assert (await running.controls.pay(page, kept=method.id)).status == status


async def test_a_card_that_was_removed_is_charged_no_more(running: Running) -> None:
    client, customer = running.client().v1, await customer_of(running)
    await bought(running, SETUP | {"customer": customer})
    (method,) = await kept(running, customer)
    assert (await client.payment_methods.detach_async(method.id, None, THEIRS)).customer is None
    assert await kept(running, customer) == []
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await charge(running, customer, method.id)
    with pytest.raises(stripe.InvalidRequestError, match="detachment is impossible"):
        await client.payment_methods.detach_async(method.id, None, THEIRS)
    assert (await running.controls.books()).events[-1].type == "payment_method.detached"


async def test_a_card_is_its_customers_and_its_accounts_only(running: Running) -> None:
    customer, other = await customer_of(running), await customer_of(running)
    await bought(running, SETUP | {"customer": customer})
    (method,) = await kept(running, customer)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        await charge(running, other, method.id)
    theirs = stripe.RequestOptions(stripe_account=HIKARI)
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_method"):
        await running.client().v1.payment_methods.retrieve_async(method.id, None, theirs)


async def test_a_customer_is_changed_and_deleted_with_what_was_kept(running: Running) -> None:
    client, customer = running.client().v1, await customer_of(running, name="Hannah")
    await bought(running, SETUP | {"customer": customer})
    changed = await client.customers.update_async(customer, {"metadata": {"customer_id": "c-1"}}, THEIRS)
    assert changed.metadata is not None
    assert (changed.name, changed.metadata["customer_id"]) == ("Hannah", "c-1")
    (method,) = await kept(running, customer)
    await client.customers.delete_async(customer, None, THEIRS)
    found = await client.customers.retrieve_async(customer, None, THEIRS)
    assert found.to_dict() == {"id": customer, "object": "customer", "deleted": True}
    gone = await client.payment_methods.retrieve_async(method.id, None, THEIRS)
    assert gone.customer is None
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        await bought(running, {"customer": customer})


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"customer_email": "a@b.example"}, "customer_email"),
        ({"customer_creation": "always"}, "customer_creation"),
        ({"setup_intent_data": {"description": "x"}}, "setup_intent_data"),
        (SETUP | {"payment_intent_data": {"description": "x"}}, "payment_intent_data"),
        (SETUP | {"payment_method_types": ["paypay"]}, "payment_method_types"),
        ({name: value for name, value in SETUP.items() if name != "payment_method_types"}, "currency"),
    ],
)
async def test_what_does_not_go_together_is_refused(
    running: Running, more: dict[str, object], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bought(running, more | {"customer": await customer_of(running)})
    error: stripe.InvalidRequestError = refused.value
    assert error.param == param
