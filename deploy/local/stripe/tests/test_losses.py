"""What a platform loses sight of: a disconnected account, a session of another mode, and what is told."""

import pytest
import stripe
from paid_sessions import THEIRS
from sandbox_beside import Running
from stripe_orders import SPARKLE, order


async def opened(running: Running) -> str:
    return (await running.client().v1.checkout.sessions.create_async(order(), THEIRS)).id


async def test_a_disconnected_account_answers_403_until_it_is_connected_again(
    running: Running,
) -> None:
    session = await opened(running)
    await running.controls.disconnect(SPARKLE)
    api = running.client().v1
    with pytest.raises(stripe.PermissionError, match="does not have access"):
        await api.checkout.sessions.retrieve_async(session, None, THEIRS)
    with pytest.raises(stripe.PermissionError):
        await api.events.list_async(None, THEIRS)
    with pytest.raises(stripe.PermissionError) as refused:
        await api.accounts.retrieve_async(SPARKLE)
    assert refused.value.http_status == 403
    await running.controls.pay(session)
    await running.controls.account(SPARKLE, "US", "usd")
    paid = await running.client().v1.checkout.sessions.retrieve_async(session, None, THEIRS)
    assert paid.payment_status == "paid"


async def test_the_last_webhook_of_an_account_says_that_it_left(running: Running) -> None:
    session = await opened(running)
    await running.controls.disconnect(SPARKLE)
    await running.controls.pay(session)
    deliveries = {event.type: event.delivery.state for event in (await running.controls.books()).events}
    assert deliveries["account.application.deauthorized"] in ("pending", "delivered")
    assert deliveries["checkout.session.completed"] == "dropped"


async def test_an_account_that_changes_says_so(running: Running) -> None:
    await running.controls.account(SPARKLE, "US", "usd", charges_enabled=False)
    listed = await running.client().v1.events.list_async({"type": "account.updated"}, THEIRS)
    (event,) = listed.data
    assert (event.account, event.data.object.to_dict()["charges_enabled"]) == (SPARKLE, False)


async def test_a_forgotten_session_is_unknown_to_the_api_and_open_to_people(running: Running) -> None:
    session = await opened(running)
    await running.controls.forget(session)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await running.client().v1.checkout.sessions.retrieve_async(session, None, THEIRS)
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    assert (await running.client().v1.checkout.sessions.list_async(None, THEIRS)).data == []
    assert (await running.controls.pay(session)).payment_status == "paid"
