"""A webhook once, many times, at any time, about anything: the same events and the same state."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import permutations
from typing import Any

import pytest
from billing.domain.webhook_event import WebhookEvent
from billing.errors import BadSignature
from billing.handlers import receive_webhooks, reconcile
from billing.handlers.start_checkout import ToSee
from chassis.encryption import FieldCipher
from servicehub_events import Payment

from .billing_world import World, invoice
from .gates import killed_at
from .postings import COMPLETED, PAYER_EMAIL, posting, signature

pytestmark = pytest.mark.stack
PAID = ["PaymentStarted", "PaymentCaptured"]


@pytest.fixture
async def paid(world: World) -> Payment:
    """A payment whose money is there; only the processor knows yet."""
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.pay("cs_1")
    return payment


async def settled(world: World) -> tuple[list[str], list[tuple[str, str]]]:
    return await world.events(), await world.held()


async def outcomes(world: World) -> list[tuple[object, ...]]:
    return await world.rows("SELECT event_id, kind, found_by, outcome FROM webhooks ORDER BY 1")


async def test_a_webhook_captures_the_payment(world: World, paid: Payment) -> None:
    await world.posted(posting(paid.payment_id))
    assert await world.events() == ["PaymentStarted"]  # stored first, and handled later
    await world.work()
    assert await settled(world) == (PAID, [])
    assert await outcomes(world) == [("evt_1", COMPLETED, "webhook", "captured")]
    state = await world.state(paid.payment_id)
    assert (state.status, state.amount, state.processor.reference) == ("captured", 17560, "cs_1")


async def test_the_event_names_the_webhook_that_caused_it(world: World, paid: Payment) -> None:
    await world.posted(posting(paid.payment_id))
    await world.work()
    found = await world.rows("SELECT actor, causation_id FROM events WHERE version = 2")
    assert found == [("stripe:webhook", "evt_1")]


async def test_the_same_webhook_twice_and_fifty_times_at_once_is_one(world: World, paid: Payment) -> None:
    await world.posted(posting(paid.payment_id))
    await asyncio.gather(*(world.posted(posting(paid.payment_id)) for _ in range(50)))
    await world.work()
    await world.posted(posting(paid.payment_id))
    await world.work(minutes=1)
    assert await settled(world) == (PAID, [])
    assert len(await outcomes(world)) == 1


async def test_fifty_webhooks_of_one_payment_handled_at_once_capture_it_once(
    world: World, paid: Payment
) -> None:
    for number in range(50):
        await world.posted(posting(paid.payment_id, f"evt_{number}"))
    await world.handle(workers=4)
    assert await settled(world) == (PAID, [])
    assert {outcome for *_, outcome in await outcomes(world)} == {"captured"}


Way = Callable[[World, Payment], Awaitable[None]]


async def _webhook(world: World, payment: Payment) -> None:
    await world.posted(posting(payment.payment_id))
    await world.handle()


async def _return(world: World, payment: Payment) -> None:
    await world.come_back(payment.payment_id)


async def _reconciler(world: World, payment: Payment) -> None:
    world.clock.pass_time(minutes=1)
    await reconcile.check_due_sessions(world.worker)


async def _another_click(world: World, payment: Payment) -> None:
    await asyncio.gather(world.pay("in-1"), return_exceptions=True)


WAYS: list[Way] = [_webhook, _return, _reconciler, _another_click]


@pytest.mark.parametrize("order", list(permutations(WAYS)))
async def test_whoever_finds_out_first_the_state_is_the_same(
    world: World, paid: Payment, order: Sequence[Way]
) -> None:
    for find_out in order:
        await find_out(world, paid)
    assert await settled(world) == (PAID, [])
    assert (await world.state(paid.payment_id)).status == "captured"


async def test_all_at_once_capture_it_once(world: World, paid: Payment) -> None:
    await asyncio.gather(*(way(world, paid) for way in WAYS))
    assert await settled(world) == (PAID, [])


async def test_webhooks_in_reverse_order_lead_to_the_same(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.begin_slowly("cs_1")
    world.processor.pay_slowly("cs_1")
    later = "checkout.session.async_payment_succeeded"
    await world.posted(posting(payment.payment_id, "evt_2", later, at=world.clock.now))
    await world.work()
    await world.posted(posting(payment.payment_id, "evt_1", COMPLETED))
    await world.work()
    assert await settled(world) == (PAID, [])


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"account": "acct_2"}, "unknown"),
        ({"account": None}, "unknown"),
        ({"kind": "payment_intent.succeeded"}, "ignored"),
    ],
)
async def test_a_webhook_that_is_not_about_a_page_of_ours_changes_nothing(
    world: World, paid: Payment, changes: dict[str, Any], outcome: str
) -> None:
    await world.posted(posting(paid.payment_id, **changes))
    await world.handle()
    assert await world.events() == ["PaymentStarted"]
    assert [row[-1] for row in await outcomes(world)] == [outcome]


@pytest.mark.parametrize("payment_id", ["pa-unknown", ""])
async def test_a_webhook_of_no_payment_of_ours_is_handled_once(world: World, payment_id: str) -> None:
    await world.posted(posting(payment_id))
    await world.work()
    assert [row[-1] for row in await outcomes(world)] == ["unknown"]
    assert not await receive_webhooks.handle_waiting(world.worker)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"kind": "payment_intent.succeeded"}, True),
        ({"account": "acct_2"}, False),
        ({"payment_id": "pa-of-somebody"}, False),
        ({"payment_id": ""}, False),
        ({"kind": "account.updated"}, True),
        ({"kind": "account.updated", "payment_id": ""}, False),
    ],
)
async def test_what_no_erasure_would_reach_is_not_kept(
    world: World, paid: Payment, changes: dict[str, Any], kept: bool
) -> None:
    about: dict[str, Any] = {"payment_id": paid.payment_id, **changes}
    await world.posted(posting(**about))
    await world.handle()
    assert await world.rows("SELECT outcome IS NOT NULL, length(body) > 0 FROM webhooks") == [(True, kept)]


async def test_what_the_other_mode_sends_is_dropped(world: World, paid: Payment) -> None:
    await world.posted(posting(paid.payment_id, livemode=True))
    assert await outcomes(world) == []


async def test_a_webhook_that_says_paid_of_an_unpaid_page_captures_nothing(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    await world.posted(posting(payment.payment_id))
    await world.work()
    assert (await world.state(payment.payment_id)).status == "started"
    assert world.processor.payable() == ["cs_1"]


async def test_a_forged_webhook_leaves_nothing(world: World, paid: Payment) -> None:
    body = posting(paid.payment_id)
    with pytest.raises(BadSignature):
        await receive_webhooks.store_webhook(
            world.web, body, signature(body, world.clock.now, "whsec_of_somebody_else")
        )
    assert await outcomes(world) == []


async def test_a_webhook_waits_while_the_processor_is_away(world: World, paid: Payment) -> None:
    await world.posted(posting(paid.payment_id))
    world.processor.away = True
    await world.work()
    assert [row[-1] for row in await outcomes(world)] == [None]
    world.processor.away = False
    await world.work(minutes=6)
    assert await settled(world) == (PAID, [])
    assert [row[-1] for row in await outcomes(world)] == ["captured"]


async def test_a_worker_killed_while_it_handles_leaves_the_webhook_to_the_next(
    world: World, paid: Payment
) -> None:
    await world.posted(posting(paid.payment_id))
    world.processor.hook = killed_at("look")
    with pytest.raises(asyncio.CancelledError):
        await world.work()
    async with world.restarted() as other:
        await other.work(minutes=1)
    assert await settled(world) == (PAID, [])


async def test_a_loss_of_every_webhook_is_made_good_and_counted(world: World, paid: Payment) -> None:
    body = posting(paid.payment_id)
    world.processor.events.append(
        WebhookEvent(
            event_id="evt_1",
            account="acct_1",
            kind=COMPLETED,
            live=False,
            payment_id=paid.payment_id,
            at=world.clock.now,
            body=body,
        )
    )
    await world.work(minutes=1)
    assert await settled(world) == (PAID, [])
    assert await outcomes(world) == [("evt_1", COMPLETED, "reconciler", "captured")]
    await world.posted(body)  # and late it comes after all
    await world.work()
    assert await settled(world) == (PAID, [])


async def test_a_raw_webhook_is_kept_encrypted_and_is_the_very_bytes(world: World, paid: Payment) -> None:
    body = posting(paid.payment_id)
    await world.posted(body)
    raw = await world.value("SELECT body FROM webhooks", bytes) or b""
    assert PAYER_EMAIL.encode() not in raw
    assert paid.payment_id.encode() not in raw
    cipher = FieldCipher(world.settings.field_encryption_keys)
    assert cipher.decrypt(raw, context="webhooks/evt_1") == body


async def test_what_was_paid_is_shown_to_the_next_click(world: World, paid: Payment) -> None:
    seen = await world.pay("in-1")
    assert isinstance(seen, ToSee)
    assert seen.payment.payment_id == paid.payment_id
