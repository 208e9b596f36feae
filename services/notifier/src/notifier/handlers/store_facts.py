"""Store what messages tell about, and the notifications that its events make.

Records may come twice, so that everything is guarded by the version of its aggregate.
"""

from collections.abc import Sequence
from datetime import datetime

from chassis.database import Transaction
from msgspec.structs import replace
from servicehub_events import (
    AutopaySwitchedOff,
    AutopaySwitchedOn,
    Envelope,
    Invoice,
    InvoiceIssued,
    PaymentCaptured,
)

from notifier import metrics
from notifier.context import Context
from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.facts import (
    AppointmentFacts,
    Facts,
    InvoiceFacts,
    NotificationSource,
    PaymentFacts,
    source_of,
)
from notifier.domain.invoice_news import REPLACED_BY_NEWER
from notifier.domain.kinds import MessageKind
from notifier.domain.notifications import PendingNotification, expiry_of, kinds_of, leaves_at, withheld
from notifier.domain.payment_facts import with_failed_refunds
from notifier.domain.payment_kinds import OF_AN_OPEN_VOUCHER
from notifier.domain.request_facts import RequestFacts
from notifier.domain.visit_news import VisitTold, known_from
from notifier.handlers.plan_reminders import plan_reminders
from notifier.handlers.store_answers import store_answers
from notifier.store import notifications
from notifier.store.contacts import lock_unless_erased
from notifier.store.told_invoices import forget_told


async def store_facts(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store what each event is about, and add the notifications that it makes; older ones give way to them.

    One that applies no longer, as of an invoice that was voided, ends where it is read (`still_applies`).
    """
    for envelope in batch:
        if source := source_of(envelope.event):
            await _store(ctx, tx.of(envelope.business_id), envelope, source)


async def _store(ctx: Context, tx: Transaction, envelope: Envelope, source: NotificationSource) -> None:
    if not await lock_unless_erased(tx, source.customer_id):
        return
    former: Facts | None = None
    known: VisitTold | None = None
    history: datetime | None = None
    if isinstance(source.facts, PaymentFacts):
        former = await _former(tx, source)
        of_payment = former if isinstance(former, PaymentFacts) else None
        source = replace(source, facts=with_failed_refunds(source.facts, of_payment))
    if isinstance(source.facts, InvoiceFacts):
        former = await _former(tx, source)
        source = replace(source, facts=_announced(ctx, envelope, source.facts, former))
    if isinstance(source.facts, AppointmentFacts):
        history = await notifications.find_end_of_history(tx)
        known = await _known(ctx, tx, envelope, source.subject_id, source.facts, history)
    if not await notifications.upsert_source(tx, source, envelope.sequence, ctx.cipher, known):
        return
    if source.aggregate == "invoice" and source.facts is None:
        await forget_told(tx, source.subject_id)
    if source.aggregate == "request" and source.facts is None:
        await notifications.forget_answer(tx, source.subject_id)
    await store_answers(ctx, tx, [envelope])
    await plan_reminders(ctx, tx, envelope, source)
    if kinds := kinds_of(envelope.event, source.facts, former):
        await _notify(ctx, tx, envelope, source, kinds, history)
    await _call_vouchers_off(ctx, tx, envelope, source)


def _announced(ctx: Context, envelope: Envelope, facts: InvoiceFacts, former: Facts | None) -> InvoiceFacts:
    """With whether its issue was news: an event of its issue says so, and those after it keep it."""
    announced = isinstance(former, InvoiceFacts) and former.announced
    if isinstance(envelope.event, InvoiceIssued):
        announced = withheld(envelope, "invoice_issued", facts, ctx.clock()) is None
    return replace(facts, announced=announced)


async def _former(tx: Transaction, source: NotificationSource) -> Facts | None:
    known = await notifications.find_source(tx, source.aggregate, source.subject_id)
    return known.facts if known else None


async def _known(
    ctx: Context,
    tx: Transaction,
    envelope: Envelope,
    appointment_id: str,
    facts: AppointmentFacts,
    history: datetime | None,
) -> VisitTold | None:
    """What counts as told of a visit to who was told nothing else: what was no news, as an import is none."""
    former = await notifications.find_source(tx, "appointment", appointment_id, ctx.cipher)
    no_news = envelope.quiet or (history is not None and envelope.time < history)
    if no_news and (former is None or former.known):
        return known_from(facts)
    if former and not former.is_sealed and isinstance(former.facts, AppointmentFacts):
        return known_from(former.facts)  # its row is from before tellings were kept
    return former.known if former else None


async def _notify(
    ctx: Context,
    tx: Transaction,
    envelope: Envelope,
    source: NotificationSource,
    kinds: Sequence[tuple[MessageKind, str]],
    history: datetime | None,
) -> None:
    """Add notifications, which older ones of the same source give way to; no news leaves them alone."""
    since: datetime | None = None
    if isinstance(source.facts, InvoiceFacts):
        since = await _take_place(tx, envelope, source, kinds)
    elif isinstance(source.facts, RequestFacts):
        if await notifications.forget_kinds(tx, source, ["request_received"]):
            metrics.count_notification("request_received", "superseded")
            return  # asked and withdrawn within a minute: neither is told
    elif not envelope.quiet:
        await _forget_older(tx, envelope, source)
    for kind, reversal_id in kinds:
        await _add(ctx, tx, envelope, source, kind, reversal_id, since=since, history=history)


async def _take_place(
    tx: Transaction,
    envelope: Envelope,
    source: NotificationSource,
    kinds: Sequence[tuple[MessageKind, str]],
) -> datetime | None:
    """Of an invoice the newest message replaces one that waits, and leaves when that would have: what changes
    within a minute is one message, however often.
    """
    if envelope.quiet or not any(kind in REPLACED_BY_NEWER for kind, _ in kinds):
        return None
    await notifications.mark_notified(tx, source, envelope.sequence)
    forgotten = await notifications.forget_kinds(tx, source, REPLACED_BY_NEWER)
    for former in forgotten:
        metrics.count_notification(former.kind, "superseded")
    return min((former.received_at for former in forgotten), default=None)


async def _forget_older(tx: Transaction, envelope: Envelope, source: NotificationSource) -> None:
    """Of a payment and of autopay what waits is judged by what is true then: a refund takes no receipt's
    place. Autopay that was switched twice is told as it is now.
    """
    if isinstance(source.facts, AutopayFacts):
        if not isinstance(envelope.event, AutopaySwitchedOn | AutopaySwitchedOff):
            return
        forgotten = await notifications.forget_kinds(tx, source, ["autopay_changed"])
    elif isinstance(source.facts, AppointmentFacts):
        return  # what waits is told as the difference to what is true by then
    elif not isinstance(source.facts, PaymentFacts):
        forgotten = await notifications.forget_older(tx, source, envelope.sequence)
    elif source.facts.status != "processing":
        forgotten = await notifications.forget_kinds(tx, source, OF_AN_OPEN_VOUCHER)
    else:
        return
    for former in forgotten:
        metrics.count_notification(former.kind, "superseded")


async def _add(
    ctx: Context,
    tx: Transaction,
    envelope: Envelope,
    source: NotificationSource,
    kind: MessageKind,
    reversal_id: str = "",
    *,
    since: datetime | None = None,
    history: datetime | None = None,
) -> None:
    now = ctx.clock()
    if untold := withheld(envelope, kind, source.facts, now, history):
        metrics.count_notification(kind, untold)
        return
    received_at = leaves_at(kind, envelope, source.facts, now, ctx.settings.news_fold)
    if received_at is None:
        return
    pending = PendingNotification(
        business_id=envelope.business_id,
        event_id=envelope.id,
        kind=kind,
        reversal_id=reversal_id,
        aggregate=source.aggregate,
        subject_id=source.subject_id,
        subject_version=envelope.sequence,
        customer_id=source.customer_id,
        received_at=min(since, received_at) if since and kind in REPLACED_BY_NEWER else received_at,
        expires_at=expiry_of(kind, envelope, source.facts),
        traceparent=envelope.traceparent,
    )
    await notifications.add_pending(tx, pending)


async def _call_vouchers_off(
    ctx: Context, tx: Transaction, envelope: Envelope, source: NotificationSource
) -> None:
    """An invoice that changed, or was paid another way, may take no more what a voucher would pay."""
    match envelope.event:
        case InvoiceIssued():
            return
        case Invoice(invoice_id=invoice_id):
            ids = [invoice_id]
        case PaymentCaptured(allocations=allocations):
            ids = [part.invoice_id for part in allocations]
        case _:
            return
    for payment_id, payment in (
        await notifications.list_payments(tx, source.customer_id, ids, "processing")
    ).items():
        if payment.is_voucher:
            about = NotificationSource(
                aggregate="payment",
                subject_id=payment_id,
                customer_id=source.customer_id,
                facts=payment,
            )
            await _add(ctx, tx, envelope, about, "voucher_called_off")
