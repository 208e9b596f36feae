"""`portal billing`: an invoice with its payments as a timeline, what is open, what was told, asking now."""

import json
from datetime import timedelta

import pytest
from billing.domain.webhook_event import WebhookEvent
from billing.handlers.inspect import list_attempts, list_webhooks, read_invoices, replay_webhook
from billing.handlers.reconcile_now import Reconciled, ReconcileNow, reconcile_now
from servicehub_events import CustomerErased, Payment

from .billing_world import BUSINESS, CUSTOMER, World, invoice
from .postings import COMPLETED, posting

pytestmark = pytest.mark.stack
GONE = CustomerErased(business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id)


@pytest.fixture
async def paid(world: World) -> Payment:
    """A payment that only the processor knows to be paid."""
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.pay("cs_1")
    return payment


async def test_an_invoice_shows_its_money_its_holder_and_all_that_happened(world: World) -> None:
    await world.know(invoice("in-1"))
    first = await world.started("in-1")
    world.processor.run_out("cs_1")
    await world.work(minutes=1)
    second = await world.started("in-1")
    (file,) = await read_invoices(world.worker, "in-1", "")
    assert file.holders == [second.payment_id]
    world.processor.pay("cs_2")
    await world.posted(posting(second.payment_id))
    await world.work()
    (file,) = await read_invoices(world.worker, "in-1", BUSINESS.business_id)
    assert [(step.event.payment_id, type(step.payment).__name__) for step in file.steps] == [
        (first.payment_id, "PaymentStarted"),
        (first.payment_id, "PaymentExpired"),
        (second.payment_id, "PaymentStarted"),
        (second.payment_id, "PaymentCaptured"),
    ]
    assert (file.steps[-1].event.actor, file.steps[-1].event.causation_id) == ("stripe:webhook", "evt_1")
    assert file.money is not None
    assert (file.money.received, file.money.amount_due, file.holders) == (17_560, 0, [])
    assert await read_invoices(world.worker, "in-1", "b-other") == []


async def test_of_an_erased_invoice_the_history_stays(world: World, paid: Payment) -> None:
    await world.work(minutes=1)
    await world.apply(GONE)
    (file,) = await read_invoices(world.worker, "in-1", "")
    assert (file.invoice, file.money, len(file.steps)) == (None, None, 2)


async def test_attempts_are_those_that_are_open_or_all(world: World, paid: Payment) -> None:
    (attempt,) = await list_attempts(world.worker, "", ended=False, limit=10)
    assert (attempt.payment_id, attempt.invoices, attempt.reference) == (paid.payment_id, ["in-1"], "cs_1")
    await world.work(minutes=1)
    assert await list_attempts(world.worker, "", ended=False, limit=10) == []
    (ended,) = await list_attempts(world.worker, BUSINESS.business_id, ended=True, limit=10)
    assert ended.next_check_at is None
    assert await list_attempts(world.worker, "b-other", ended=True, limit=10) == []


async def test_a_webhook_is_replayed_as_if_it_came_now(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    await world.posted(posting(payment.payment_id))
    await world.work()
    world.processor.pay("cs_1")
    replayed = await replay_webhook(world.worker, "evt_1")
    assert replayed is not None
    assert replayed.outcome == "captured"
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]
    assert await replay_webhook(world.worker, "evt_absent") is None


async def test_a_webhook_that_is_replayed_while_the_processor_is_away_waits(
    world: World, paid: Payment
) -> None:
    await world.posted(posting(paid.payment_id))
    await world.work()
    world.processor.away = True
    replayed = await replay_webhook(world.worker, "evt_1")
    assert replayed is not None
    assert replayed.outcome is None
    (waiting,) = await list_webhooks(world.worker, payment="", account="acct_1", waiting=True, limit=9)
    assert waiting.event_id == "evt_1"
    world.processor.away = False
    await world.work(minutes=1)
    assert await list_webhooks(world.worker, payment="", account="", waiting=True, limit=9) == []


async def test_reconciling_finds_what_happened_since_and_says_how_far_it_is(
    world: World, paid: Payment
) -> None:
    await world.work(minutes=1)
    world.processor.refund_by_hand("cs_1", 1_000)
    body = posting(paid.payment_id, "evt_9", "charge.refunded")
    world.processor.events.append(
        WebhookEvent(
            event_id="evt_9",
            account="acct_1",
            kind="charge.refunded",
            live=False,
            payment_id=paid.payment_id,
            at=world.clock.now - timedelta(hours=20),
            body=body,
        )
    )
    seen: list[int] = []
    since = world.clock.now - timedelta(days=1)
    sums = await reconcile_now(
        world.worker, ReconcileNow(BUSINESS.business_id, since), lambda sums: seen.append(sums.asked)
    )
    assert sums == Reconciled(accounts=1, payments=0, asked=1, missed=1, away=0)
    assert seen == [0, 1]
    assert len((await world.state(paid.payment_id)).refunds) == 1


async def test_reconciling_says_who_did_not_answer(world: World, paid: Payment) -> None:
    world.clock.pass_time(minutes=1)
    world.processor.away = True
    sums = await reconcile_now(world.worker, ReconcileNow("", None), lambda sums: None)
    assert (sums.accounts, sums.payments, sums.away) == (1, 1, 2)


async def test_an_operator_reads_all_of_it_by_the_command(world: World, paid: Payment) -> None:
    await world.posted(posting(paid.payment_id))
    code, out, _ = await world.portal("billing", "attempts", "--json")
    assert (code, json.loads(out)["payment"]) == (0, paid.payment_id)
    code, out, _ = await world.portal("billing", "webhooks", "list", "--waiting", "--json")
    assert (code, json.loads(out)["kind"]) == (0, COMPLETED)
    await world.work()
    code, out, _ = await world.portal("billing", "invoice", "in-1", "--json")
    shown = json.loads(out)
    assert (code, shown["received"], shown["due"]) == (0, "17560 JPY", "0 JPY")
    assert [step["event"] for step in shown["timeline"]] == ["PaymentStarted", "PaymentCaptured"]
    code, out, _ = await world.portal("billing", "invoice", "in-1")
    assert (code, "PaymentCaptured" in out, "stripe:webhook" in out) == (0, True, True)
    code, _, err = await world.portal("billing", "reconcile")
    assert (code, "1 did not answer" in err) == (1, True)  # nobody is at the address of this stack's Stripe


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("invoice", "in-absent"), 1),
        (("attempts",), 0),
        (("webhooks", "list"), 0),
        (("webhooks", "replay", "evt_absent"), 1),
        (("reconcile",), 0),
        (("reconcile", "--business", "b-absent"), 1),
        (("reconcile", "--since", "soon"), 2),
        (("reconcile", "--since", "31d"), 2),
    ],
)
async def test_what_is_not_there_is_said_by_the_exit_code(
    world: World, words: tuple[str, ...], code: int
) -> None:
    assert (await world.portal("billing", *words))[0] == code
