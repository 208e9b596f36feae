"""Webhooks as Stripe's own verifier reads them, and every way they can go wrong."""

import asyncio
import json
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
import stripe
from portal_testing.stack.eventually import eventually
from portal_testing.stack.stripe_sandbox import BookedEvent
from sandbox_beside import NOW, SECRETS, Running
from stand_in_stripe.webhooks import PAUSES, WebhookEndpoint
from stripe_orders import SPARKLE, order

PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


async def open_session(running: Running) -> str:
    sessions = running.client().v1.checkout.sessions
    return (await sessions.create_async(order(), {"stripe_account": SPARKLE})).id


async def expire(running: Running) -> None:
    """One event, `checkout.session.expired`."""
    await running.controls.expire(await open_session(running))


async def until(running: Running, met: Callable[[Sequence[BookedEvent]], bool]) -> list[BookedEvent]:
    async def events() -> list[BookedEvent]:
        return (await running.controls.books()).events

    return await eventually(events, what="the deliveries", within=10, every=0.01, met=met)


def kinds(event: BookedEvent) -> list[str]:
    return [attempt.kind for attempt in event.delivery.attempts]


def delivered(events: Sequence[BookedEvent]) -> bool:
    return bool(events) and all(event.delivery.state == "delivered" for event in events)


def verified(came: tuple[bytes, str], secret: str, tolerance: int = 0) -> stripe.Event:
    # The tests' clock is not the machine's: tolerance 0 means that the verifier does not look at the age.
    return stripe.Webhook.construct_event(came[0], came[1], secret, tolerance)  # type: ignore[no-untyped-call]


async def test_both_secrets_sign_every_event(running: Running) -> None:
    session = await open_session(running)
    await running.controls.pay(session)
    came = await running.receiver.wait_for(3)
    events = [verified(each, SECRETS[0]) for each in came]
    assert sorted(event.type for event in events) == sorted(PAID)
    assert [verified(each, SECRETS[1]).id for each in came] == [event.id for event in events]
    with pytest.raises(stripe.SignatureVerificationError):
        verified(came[0], "whsec_other")
    completed = next(event for event in events if event.type == "checkout.session.completed")
    assert (completed.account, completed.livemode, completed.created) == (SPARKLE, False, NOW)
    assert completed.api_version == stripe.api_version
    assert completed.data.object["id"] == session
    assert completed.data.object["payment_status"] == "paid"


async def test_the_books_know_what_a_webhook_tells_before_it_is_sent(running: Running) -> None:
    async def look() -> None:
        seen.append(len((await running.controls.books()).charges))

    seen: list[int] = []
    running.receiver.before = look
    await running.controls.pay(await open_session(running))
    await running.receiver.wait_for(3)
    assert seen == [1, 1, 1]


async def test_a_refused_webhook_comes_again_later(running: Running) -> None:
    running.receiver.status = 500
    await expire(running)
    await until(running, lambda events: bool(events) and events[0].delivery.tries == 1)
    assert len(running.receiver.came) == 1
    running.pass_time(1)
    await until(running, lambda events: events[0].delivery.tries == 2)
    running.receiver.status = 200
    running.pass_time(2)
    (event,) = await until(running, delivered)
    assert [attempt.status for attempt in event.delivery.attempts] == [500, 500, 200]


async def test_an_event_is_given_up_after_three_days(running: Running) -> None:
    running.receiver.status = 503
    await expire(running)
    await until(running, lambda events: bool(events) and events[0].delivery.tries == 1)
    running.pass_time(3 * 24 * 3600 + 1)
    await until(running, lambda events: events[0].delivery.state == "given-up")


async def test_an_event_is_tried_ever_later_over_days_and_signed_anew(running: Running) -> None:
    running.receiver.status = 500
    await expire(running)
    for tries, pause in enumerate(PAUSES, start=1):
        await until(running, lambda events, tries=tries: bool(events) and events[0].delivery.tries == tries)
        await running.controls.advance(pause)
    running.receiver.status = 200
    await running.controls.advance(PAUSES[-1])
    (event,) = await until(running, delivered)
    spread = [later.at - first.at for first, later in pairwise(event.delivery.attempts)]
    assert sum(spread) > 15 * 3600
    assert sorted(spread) == spread
    # The receiver's clock is the machine's, however far ahead the sandbox's is.
    assert {signed.partition(",")[0] for _, signed in running.receiver.came} == {f"t={int(NOW)}"}


async def test_an_endpoint_of_connected_accounts_has_secrets_of_its_own() -> None:
    endpoint = WebhookEndpoint("http://portal.example/", ("whsec_platform",), ("whsec_a", "whsec_b"))
    assert endpoint.secrets_for({"account": SPARKLE}) == ("whsec_a", "whsec_b")
    assert endpoint.secrets_for({}) == ("whsec_platform",)
    assert WebhookEndpoint("http://portal.example/", SECRETS).secrets_for({"account": SPARKLE}) == SECRETS


async def test_a_dropped_webhook_never_comes_but_the_event_is_listed(running: Running) -> None:
    await running.controls.fault("webhook", "drop")
    await expire(running)
    await until(running, lambda events: bool(events) and events[0].delivery.state == "dropped")
    await expire(running)
    events = await until(running, lambda events: len(events) == 2 and delivered(events[1:]))
    assert [kinds(event) for event in events] == [["dropped"], ["sent"]]
    assert len(running.receiver.came) == 1
    listed = await running.client().v1.events.list_async(
        {"types": ["checkout.session.expired"], "created": {"gte": int(NOW)}}, {"stripe_account": SPARKLE}
    )
    assert [event.id for event in listed.data] == [event.id for event in reversed(events)]


async def test_a_duplicate_comes_twice(running: Running) -> None:
    await running.controls.fault("webhook", "duplicate")
    await expire(running)
    (event,) = await until(running, delivered)
    assert kinds(event) == ["sent", "duplicate"]
    assert running.receiver.came[0] == running.receiver.came[1]


async def test_a_delayed_webhook_waits(running: Running) -> None:
    await running.controls.fault("webhook", "delay", seconds=30)
    await expire(running)
    await until(running, lambda events: bool(events) and events[0].delivery.state == "held")
    assert running.receiver.came == []
    running.pass_time(30)
    await until(running, delivered)


async def test_a_reordered_webhook_comes_after_the_next_one(running: Running) -> None:
    await running.controls.fault("webhook", "reorder", seconds=1000)
    await expire(running)
    await until(running, lambda events: bool(events) and events[0].delivery.state == "held")
    await expire(running)
    events = await until(running, delivered)
    arrived = [json.loads(payload)["id"] for payload, _ in running.receiver.came]
    assert arrived == [events[1].id, events[0].id]


async def test_a_forger_sends_a_bad_signature_and_an_old_delivery(running: Running) -> None:
    await running.controls.fault("webhook", "forge")
    await expire(running)
    (event,) = await until(running, delivered)
    assert kinds(event) == ["forged-signature", "old-timestamp", "sent"]
    forged, old, genuine = running.receiver.came
    with pytest.raises(stripe.SignatureVerificationError, match="No signatures found"):
        verified(forged, SECRETS[0])
    assert verified(genuine, SECRETS[0]).id == event.id
    assert verified(old, SECRETS[0]).id == event.id
    assert int(old[1].split(",")[0].removeprefix("t=")) <= NOW - 3600


async def test_a_slow_answer_holds_up_no_other_event(running: Running) -> None:
    async def first_one_waits() -> None:
        calls.append(None)
        if len(calls) == 1:
            await patience.wait()

    calls: list[None] = []
    patience = asyncio.Event()
    running.receiver.before = first_one_waits
    await running.controls.pay(await open_session(running))
    await running.receiver.wait_for(2)
    await expire(running)
    await running.receiver.wait_for(3)
    patience.set()
    await until(running, delivered)
