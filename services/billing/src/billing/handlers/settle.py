"""Settle a payment: ask the processor what became of it, and append what follows.

The one way in which anything the processor says becomes an event: a payer who returns, a webhook and the
reconciler all end here, so their order, repeats and losses cannot matter.

Each function takes the `Origin` of what it appends: an actor such as `contact:c1` or `stripe:webhook`, and as
its cause the webhook that is handled by it.
"""

from dataclasses import replace
from datetime import timedelta

import structlog
from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from chassis.identity import find_business
from msgspec.structs import replace as replace_fields
from servicehub_events import Autopay, Failure, Payment, PaymentReceipt, RefundNote

from billing import metrics
from billing.context import Context
from billing.domain import autopay
from billing.domain.clearing import ClearPayment
from billing.domain.payments import (
    Book,
    CallOff,
    CheckoutStatus,
    Command,
    GiveUp,
    Observe,
    StopAsking,
    decide,
    ends_another_page,
    holds_claims,
    is_open,
    stream_of,
)
from billing.domain.refund_notes import lowered_by, with_note, without_note
from billing.domain.surplus import surplus_of
from billing.domain.vouchers import is_voucher
from billing.errors import ProcessorDeclined, ProcessorUnreachable
from billing.store import autopays, checkout_sessions, invoices, kept_papers, webhooks
from billing.store.checkout_sessions import CheckoutSession

log = structlog.get_logger(__name__)

UNOPENED = timedelta(minutes=20)
"""After so long without a page at the processor there will be none: its parameters have run out of time."""


async def settle(ctx: Context, session: CheckoutSession, origin: Origin) -> Payment:
    """Ask, and append. Returns the payment as it is then.

    Raises `ProcessorUnreachable` or `ProcessorDeclined` while it may still be told what became of it.
    """
    began = ctx.clock()
    try:
        status = await ask(ctx, session)
    except (ProcessorUnreachable, ProcessorDeclined) as error:
        return await _stop_asking(ctx, session, origin, error)
    if status is not None:
        return await _record(ctx, session, Observe(status), origin)
    if began - session.started_at < UNOPENED:
        return await read_payment(ctx, session)
    return await _record(ctx, session, GiveUp(began), origin)


async def give_up(
    ctx: Context, session: CheckoutSession, origin: Origin, failure: Failure | None = None
) -> Payment:
    """The processor has no page for it, and will not get one: nobody can pay it."""
    return await _record(ctx, session, GiveUp(ctx.clock(), failure), origin)


async def cancel_payment(
    ctx: Context, session: CheckoutSession, origin: Origin, *, vouchers: bool = True
) -> Payment:
    """Let nobody pay on this session any more, unless somebody has, or (`vouchers` False) has a voucher.

    Raises as `settle` does.

    A voucher that the processor does not take back may still be paid, and holds no invoice from then on.
    """
    try:
        status = await ask(ctx, session)
    except (ProcessorUnreachable, ProcessorDeclined) as error:
        return await _stop_asking(ctx, session, origin, error)
    if status is None and session.autopay and ctx.clock() - session.started_at < UNOPENED:
        return await read_payment(ctx, session)  # its charge may be on its way, and nobody could stop it
    if status is None:
        return await give_up(ctx, session, origin)
    if status.page == "open":
        await _close(ctx, session, status)
        status = await retrieve(ctx, session, status.reference)
    payment = await _record(ctx, session, Observe(status), origin)
    if not (vouchers and is_voucher(payment)) or status.intent_id is None:
        return payment
    await ctx.processor.cancel_intent(session.account, status.intent_id)
    status = await retrieve(ctx, session, status.reference)
    await _record(ctx, session, Observe(status), origin)
    return await _record(ctx, session, CallOff(ctx.clock()), origin)


async def take_back(ctx: Context, session: CheckoutSession, payment: Payment) -> None:
    """Try again to have a voucher taken back: whoever stood at the till with it may have left."""
    if payment.processor.intent_id:
        await ctx.processor.cancel_intent(session.account, payment.processor.intent_id)


async def read_payment(ctx: Context, session: CheckoutSession) -> Payment:
    """The payment as it is known now; nobody is asked."""
    async with ctx.tenant(session.business_id) as tx:
        _, state = await _latest(ctx, tx, session)
    return state


async def observe(ctx: Context, session: CheckoutSession, status: CheckoutStatus, origin: Origin) -> Payment:
    """Append what follows from an answer of the processor."""
    return await _record(ctx, session, Observe(status), origin)


async def book(ctx: Context, session: CheckoutSession, command: Book, origin: Origin) -> Payment:
    """Append what the processor's books say more."""
    return await _record(ctx, session, command, origin)


async def clear(ctx: Context, session: CheckoutSession, command: ClearPayment, origin: Origin) -> Payment:
    """Append what an operator decided."""
    return await _record(ctx, session, command, origin)


async def _stop_asking(
    ctx: Context,
    session: CheckoutSession,
    origin: Origin,
    error: ProcessorUnreachable | ProcessorDeclined,
) -> Payment:
    """End it without an answer once its time is over; until then, and of one that has ended, raise `error`.

    The webhook that led here stays unhandled: what it tells of was not seen.
    """
    declined = isinstance(error, ProcessorDeclined)
    before = await read_payment(ctx, session)
    command = StopAsking(ctx.clock(), declined)
    payment = await _record(ctx, session, command, Origin(origin.actor))
    if payment == before:
        raise error
    log.warning("payment.unconfirmed", payment_id=payment.payment_id, reason=str(error))
    return payment


async def ask(ctx: Context, session: CheckoutSession) -> CheckoutStatus | None:
    """What the processor says of it now; None while it has no page or charge. Raises as it does."""
    if session.reference:
        return await retrieve(ctx, session, session.reference)
    if session.autopay:
        return await ctx.charges.find_charge(
            session.account, session.vault, session.payment_id, session.started_at
        )
    return await ctx.processor.find_session(session.account, session.payment_id, session.started_at)


async def retrieve(ctx: Context, session: CheckoutSession, reference: str) -> CheckoutStatus:
    """What the processor says of its page, or of its charge. Raises as the processor does."""
    if session.autopay:
        return await ctx.charges.retrieve_charge(session.account, reference)
    return await ctx.processor.retrieve_session(session.account, reference)


async def _close(ctx: Context, session: CheckoutSession, status: CheckoutStatus) -> None:
    if not session.autopay:
        await ctx.processor.expire_session(session.account, status.reference)
    elif status.intent_id:
        await ctx.processor.cancel_intent(session.account, status.intent_id)


async def _record(ctx: Context, session: CheckoutSession, command: Command, origin: Origin) -> Payment:
    """Decide and append in one transaction, with the session locked."""

    async def once() -> Payment:
        async with ctx.tenant(session.business_id) as tx:
            return await _append(ctx, tx, session, command, origin)

    return await retry_on_conflict(once)


async def _append(
    ctx: Context, tx: Transaction, session: CheckoutSession, command: Command, origin: Origin
) -> Payment:
    locked = await checkout_sessions.lock_session(tx, session.payment_id)
    version, before = await _latest(ctx, tx, session)
    if locked and locked.reference and ends_another_page(command, locked.reference):
        return before  # its page was opened meanwhile: it has to be asked about
    if isinstance(command, Observe) and command.status.reversals.refunds:
        command = replace(command, credit=await _credit(tx, before))
    events = await _with_receipt_number(tx, before, decide(command, before))
    if isinstance(command, Observe) and before.status != "captured":
        events = await _with_surplus(tx, before, events)
    events = await _with_refund_notes(tx, before, events)
    state = await ctx.events.append(tx, stream_of(session.payment_id), version, events, origin) or before
    if locked and isinstance(command, Observe) and locked.reference is None:
        await checkout_sessions.mark_opened(tx, locked, command.status.reference, command.status.url)
    if state.review or not is_open(state):
        await checkout_sessions.mark_ended(tx, session)
    if not holds_claims(state):
        await checkout_sessions.release_claims(tx, session)
        await autopays.mark_due(tx, [(session.business_id, session.customer_id)], ctx.clock())
        await _conclude_autopay(ctx, tx, session, state, origin)
    if events and before.status != "captured" and state.is_received():
        await _came(tx, session, state)
    if events:
        metrics.count_payment(state.status, origin.actor)
        log.info("payment.settled", payment_id=state.payment_id, status=state.status, by=origin.actor)
    if origin.causation_id:
        await webhooks.mark_handled(tx, origin.causation_id, state.status)
    return state


async def _conclude_autopay(
    ctx: Context, tx: Transaction, session: CheckoutSession, payment: Payment, origin: Origin
) -> None:
    """Autopay that was switched off while its charge was being made says what became of it.

    After its row was marked, so that whoever switches it off at this moment has done so, or waits.
    """
    if session.autopay:
        stream = autopay.stream_of(session.customer_id)
        version, state = await ctx.events.latest(tx, stream, Autopay)
        events = autopay.conclude(state, payment) if state else []
        await ctx.events.append(tx, stream, version, events, Origin(origin.actor))


async def _with_receipt_number(tx: Transaction, before: Payment, events: list[Payment]) -> list[Payment]:
    """Once the money is there, its receipt has a number, taken in the transaction of that event."""
    if before.receipt or not any(event.is_received() for event in events):
        return events
    receipt = PaymentReceipt(number=await kept_papers.take_receipt_number(tx), copies=0)
    return [replace_fields(event, receipt=receipt) if event.is_received() else event for event in events]


async def _with_surplus(tx: Transaction, before: Payment, events: list[Payment]) -> list[Payment]:
    """Money that has just come says what of it is too much, and what becomes of that."""
    if not events or not events[0].is_received():
        return events
    ids = [part.invoice_id for part in events[0].allocations]
    others = [one for one in await invoices.list_payments(tx, ids) if one.payment_id != events[0].payment_id]
    known = await invoices.read_invoices(tx, ids)
    business = await find_business(tx, events[0].business_id)
    wanted = holds_claims(before)
    surplus = surplus_of(events[0], known, others, business, was_wanted=wanted)
    return [replace_fields(event, surplus=surplus) for event in events]


async def _with_refund_notes(tx: Transaction, before: Payment, events: list[Payment]) -> list[Payment]:
    """A refund that has just gone through has a paper: what it lowers, and a number of that range."""
    told = {refund.refund_id for refund in before.refunds}
    for refund in without_note(events[-1]) if events else ():
        if refund.refund_id in told:
            continue  # from before refunds had papers
        payment = events[-1]
        ids = [part.invoice_id for part in payment.allocations]
        others = [
            one for one in await invoices.list_payments(tx, ids) if one.payment_id != payment.payment_id
        ]
        lowered = lowered_by(payment, refund, await invoices.read_invoices(tx, ids), others)
        if lowered is not None:
            number = await kept_papers.take_note_number(tx, "CN" if lowered else "RF")
            note = RefundNote(number=number, copies=0, lowered=lowered)
            events = [with_note(event, refund.refund_id, note) for event in events]
    return events


async def _came(tx: Transaction, session: CheckoutSession, payment: Payment) -> None:
    """What is too much goes back, and other open payments on its invoices are asked about."""
    if due := payment.surplus_to_refund:
        await checkout_sessions.mark_refund_due(tx, session, due)
    keys = [(payment.business_id, part.invoice_id) for part in payment.allocations]
    await checkout_sessions.mark_sessions_due(tx, keys)


async def _latest(ctx: Context, tx: Transaction, session: CheckoutSession) -> tuple[int, Payment]:
    version, state = await ctx.events.latest(tx, stream_of(session.payment_id), Payment)
    if state is None:
        raise LookupError("a checkout session without a stream")  # both are written in one transaction
    return version, state


async def _credit(tx: Transaction, payment: Payment) -> dict[str, int]:
    """What the business holds too much of on the payment's invoices, in minor units by id."""
    ids = [part.invoice_id for part in payment.allocations]
    owed = await invoices.list_owed(tx, payment.customer_id, ids)
    return {item.invoice.invoice_id: item.money.credit for item in owed}
