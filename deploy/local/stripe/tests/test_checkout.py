"""Checkout Sessions, driven with Stripe's own client."""

from typing import cast

import pytest
import stripe
from sandbox_beside import KEY, NOW, Running
from stripe.params.checkout import SessionListParams
from stripe_orders import HIKARI, SPARKLE, SUCCESS_URL, order, yen_order

HOUR = 3600


async def test_a_session_is_opened_paid_and_read_again(running: Running) -> None:
    sessions = running.client().v1.checkout.sessions
    opened = await sessions.create_async(order(), {"stripe_account": SPARKLE})
    assert (opened.status, opened.payment_status, opened.payment_intent) == ("open", "unpaid", None)
    assert (opened.amount_total, opened.currency, opened.livemode) == (12_550, "usd", False)
    assert opened.url == f"{running.url}/c/pay/{opened.id}"
    assert opened.expires_at == NOW + 24 * HOUR

    await running.controls.pay(opened.id)
    expand = ["payment_intent.latest_charge", "line_items"]
    paid = await sessions.retrieve_async(opened.id, {"expand": expand}, {"stripe_account": SPARKLE})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = cast("stripe.PaymentIntent", paid.payment_intent)
    charge = cast("stripe.Charge", intent.latest_charge)
    assert (intent.status, intent.amount_received) == ("succeeded", 12_550)
    assert intent.metadata["payment_id"] == "pay-1"
    assert (charge.paid, charge.captured, charge.amount, charge.payment_intent) == (
        True,
        True,
        12_550,
        intent.id,
    )
    assert charge.payment_method_details is not None
    assert charge.payment_method_details["card"]["last4"] == "4242"
    assert paid.line_items is not None
    assert [item.amount_total for item in paid.line_items.data] == [12_550]


async def test_a_page_may_take_another_sum_than_was_asked_for(running: Running) -> None:
    sessions = running.client().v1.checkout.sessions
    opened = await sessions.create_async(order(), {"stripe_account": SPARKLE})
    await running.controls.pay(opened.id, total=1)
    paid = await sessions.retrieve_async(opened.id, None, {"stripe_account": SPARKLE})
    assert (paid.payment_status, paid.amount_total) == ("paid", 1)
    assert [charge.amount for charge in (await running.controls.books()).paid()] == [1]


async def test_an_object_of_one_account_is_not_there_for_another(running: Running) -> None:
    client = running.client()
    opened = await client.v1.checkout.sessions.create_async(order(), {"stripe_account": SPARKLE})
    await running.controls.pay(opened.id)
    books = await running.controls.books()
    event, charge, intent = books.events[0], books.charges[0], books.payment_intents[0]
    for other in (stripe.RequestOptions(stripe_account=HIKARI), stripe.RequestOptions()):
        for asking in (
            client.v1.checkout.sessions.retrieve_async(opened.id, None, other),
            client.v1.payment_intents.retrieve_async(intent.id, None, other),
            client.v1.charges.retrieve_async(charge.id, None, other),
            client.v1.events.retrieve_async(event.id, None, other),
        ):
            with pytest.raises(stripe.InvalidRequestError, match="No such") as refused:
                await asking
            assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
        assert (await client.v1.checkout.sessions.list_async(None, other)).data == []


async def test_only_the_one_secret_key_is_taken(running: Running) -> None:
    assert not KEY.endswith("x")
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided: sk_test_"):
        await running.client(KEY + "x").v1.checkout.sessions.create_async(order())
    answer = await running.http.get("/v1/account")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_an_account_nobody_connected_is_refused(running: Running) -> None:
    with pytest.raises(stripe.PermissionError, match="does not have access to account 'acct_other'"):
        await running.client().v1.checkout.sessions.create_async(order(), {"stripe_account": "acct_other"})


async def test_lists_are_newest_first_and_can_be_paged(running: Running) -> None:
    client, theirs = running.client(), stripe.RequestOptions(stripe_account=SPARKLE)
    made: list[str] = []
    for _ in range(5):
        running.pass_time(10)
        made.append((await client.v1.checkout.sessions.create_async(order(), theirs)).id)
    first = await client.v1.checkout.sessions.list_async({"limit": 2}, theirs)
    assert ([session.id for session in first], first.has_more) == (made[:2:-1], True)
    everything = [session.id async for session in first.auto_paging_iter()]
    assert everything == made[::-1]
    since = SessionListParams(created={"gte": int(NOW + 40)})
    assert [s.id for s in await client.v1.checkout.sessions.list_async(since, theirs)] == made[:2:-1]
    before = await client.v1.checkout.sessions.list_async({"ending_before": made[2], "limit": 1}, theirs)
    assert [session.id for session in before.data] == [made[3]]


async def test_sessions_are_listed_by_status_and_by_intent(running: Running) -> None:
    client, theirs = running.client(), stripe.RequestOptions(stripe_account=SPARKLE)
    paid, left = [(await client.v1.checkout.sessions.create_async(order(), theirs)).id for _ in range(2)]
    intent = (await running.controls.pay(paid)).payment_intent
    assert intent is not None
    for wanted, found in (
        (SessionListParams(status="open"), [left]),
        (SessionListParams(status="complete"), [paid]),
        (SessionListParams(payment_intent=intent), [paid]),
    ):
        assert [s.id for s in (await client.v1.checkout.sessions.list_async(wanted, theirs)).data] == found


async def test_a_session_that_is_expired_can_not_be_paid_nor_expired_again(running: Running) -> None:
    client, theirs = running.client(), stripe.RequestOptions(stripe_account=SPARKLE)
    opened = await client.v1.checkout.sessions.create_async(order(), theirs)
    ended = await client.v1.checkout.sessions.expire_async(opened.id, None, theirs)
    assert (ended.status, ended.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions with a status"):
        await client.v1.checkout.sessions.expire_async(opened.id, None, theirs)
    page = await running.http.post(f"/c/pay/{opened.id}", data={"method": "card"})
    assert page.status_code == 410
    assert (await running.controls.books()).charges == []


async def test_a_completed_session_can_not_be_expired(running: Running) -> None:
    client, theirs = running.client(), stripe.RequestOptions(stripe_account=SPARKLE)
    opened = await client.v1.checkout.sessions.create_async(order(), theirs)
    await running.controls.pay(opened.id)
    with pytest.raises(stripe.InvalidRequestError, match="has a status of `complete`"):
        await client.v1.checkout.sessions.expire_async(opened.id, None, theirs)


async def test_time_ends_a_session_by_itself(running: Running) -> None:
    client, theirs = running.client(), stripe.RequestOptions(stripe_account=SPARKLE)
    soon = order(expires_at=int(NOW) + 30 * 60)
    opened = await client.v1.checkout.sessions.create_async(soon, theirs)
    running.pass_time(30 * 60)
    assert (await client.v1.checkout.sessions.retrieve_async(opened.id, None, theirs)).status == "expired"
    assert [e.type for e in (await running.controls.books()).events] == ["checkout.session.expired"]


async def test_accounts_tell_whether_they_can_charge(running: Running) -> None:
    client = running.client()
    await running.controls.account(HIKARI, "JP", "jpy", charges_enabled=False)
    found = await client.v1.accounts.retrieve_async(HIKARI)
    assert (found.charges_enabled, found.country, found.default_currency) == (False, "JP", "jpy")
    current = await client.v1.accounts.retrieve_current_async(None, {"stripe_account": SPARKLE})
    assert (current.id, current.charges_enabled) == (SPARKLE, True)
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges"):
        await client.v1.checkout.sessions.create_async(yen_order(), {"stripe_account": HIKARI})


async def test_success_url_carries_the_session(running: Running) -> None:
    opened = await running.client().v1.checkout.sessions.create_async(order(), {"stripe_account": SPARKLE})
    form = {"method": "card", "email": "a@b.example", "name": "A", "card": "4242424242424242"}
    answer = await running.http.post(f"/c/pay/{opened.id}", data=form | {"expiry": "12/34", "cvc": "123"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == SUCCESS_URL.replace("{CHECKOUT_SESSION_ID}", opened.id)
