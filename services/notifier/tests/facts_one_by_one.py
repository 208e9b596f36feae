"""Events become facts, notifications and reminders one by one, a statement for each step: slow, and plain to
read, unlike what is proved. A batch must leave the same rows.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from chassis.database import Transaction, upsert
from chassis.identity import find_business
from msgspec.structs import replace
from notifier.context import Context
from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.facts import (
    SEALED,
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
from notifier.domain.reminders import reminders_of
from notifier.domain.request_facts import RequestFacts, answer_facts
from notifier.domain.visit_news import VisitTold, known_from
from notifier.store import notifications
from notifier.store.contacts import lock_unless_erased
from notifier.store.notifications import SOURCES, context_of
from servicehub_events import (
    LARGEST_SEQUENCE,
    Appointment,
    AutopaySwitchedOff,
    AutopaySwitchedOn,
    Envelope,
    Invoice,
    InvoiceIssued,
    PaymentCaptured,
)

_SUBJECT = "business_id = :business_id AND aggregate = :aggregate AND subject_id = :subject_id"
_FORGET_KINDS = (
    f"DELETE FROM pending_notifications WHERE {_SUBJECT} AND kind = ANY(:kinds) RETURNING received_at"
)
_MARK_NOTIFIED = (
    f"UPDATE notification_sources SET notified_version = :version WHERE {_SUBJECT}"
    " AND notified_version < :version"
)
_ADD_PLAN = "INSERT INTO reminder_plans VALUES (:business_id, -1, '{}', '', NULL) ON CONFLICT DO NOTHING"
_NEW = "kind text, step integer, occasion text, day date, due_at timestamptz, expires_at timestamptz"
_FORGET_UNPLANNED = (
    f"DELETE FROM reminders WHERE {_SUBJECT} AND outcome IS NULL AND (kind, step, occasion) NOT IN"
    f" (SELECT kind, step, occasion FROM jsonb_to_recordset(CAST(:plan AS jsonb)) AS r({_NEW}))"
)
_ADD_REMINDERS = (
    "INSERT INTO reminders (business_id, aggregate, subject_id, customer_id, kind, step, occasion, day,"
    " due_at, expires_at)"
    " SELECT :business_id, :aggregate, :subject_id, :customer_id, kind, step, occasion, day, due_at,"
    f" expires_at FROM jsonb_to_recordset(CAST(:plan AS jsonb)) AS r({_NEW})"
    " WHERE due_at > :since AND expires_at > :now"
    " ON CONFLICT (business_id, aggregate, subject_id, kind, step, occasion) DO UPDATE"
    " SET day = EXCLUDED.day, due_at = EXCLUDED.due_at, expires_at = EXCLUDED.expires_at"
    " WHERE reminders.outcome IS NULL AND reminders.due_at <> EXCLUDED.due_at AND EXCLUDED.due_at > :now"
)


async def store_one_by_one(ctx: Context, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
    """Store the events, each as if it were alone."""
    for envelope in envelopes:
        if source := source_of(envelope.event):
            await _store(ctx, tx.of(envelope.business_id), envelope, source)


async def _store(ctx: Context, tx: Transaction, envelope: Envelope, source: NotificationSource) -> None:
    if not await lock_unless_erased(tx, source.customer_id):
        return
    found = await notifications.find_source(tx, source.aggregate, source.subject_id, ctx.cipher)
    former, known, history = found.facts if found else None, None, None
    if isinstance(source.facts, PaymentFacts):
        of_payment = former if isinstance(former, PaymentFacts) else None
        source = replace(source, facts=with_failed_refunds(source.facts, of_payment))
    if isinstance(source.facts, InvoiceFacts):
        announced = isinstance(former, InvoiceFacts) and former.announced
        if isinstance(envelope.event, InvoiceIssued):
            announced = withheld(envelope, "invoice_issued", source.facts, ctx.clock()) is None
        source = replace(source, facts=replace(source.facts, announced=announced))
    if isinstance(source.facts, AppointmentFacts):
        history = await notifications.find_end_of_history(tx)
        no_news = envelope.quiet or (history is not None and envelope.time < history)
        known = found.known if found else None
        if no_news and (found is None or found.known):
            known = known_from(source.facts)
    if not await _upsert(ctx, tx, source, envelope.sequence, known=known):
        return
    names = {"aggregate": source.aggregate, "subject_id": source.subject_id}
    if source.facts is None:
        await tx.run(f"DELETE FROM reminders WHERE {_SUBJECT}", **names)
        if source.aggregate == "invoice":
            await tx.run(
                "DELETE FROM told_invoices WHERE business_id = :business_id AND invoice_id = :id",
                id=source.subject_id,
            )
        if source.aggregate == "request":
            await tx.run(
                f"DELETE FROM notification_sources WHERE {_SUBJECT}", **{**names, "aggregate": "answer"}
            )
    await _store_answers(ctx, tx, envelope)
    await _plan(ctx, tx, envelope, source)
    if kinds := kinds_of(envelope.event, source.facts, former):
        await _notify(ctx, tx, envelope, source, kinds, history)
    await _call_vouchers_off(ctx, tx, envelope, source)


async def _upsert(
    ctx: Context,
    tx: Transaction,
    source: NotificationSource,
    version: int,
    *,
    known: VisitTold | None = None,
    words: str | None = None,
) -> bool:
    state = msgspec.to_builtins(source.facts)
    texts = None
    if isinstance(source.facts, AppointmentFacts):
        texts = msgspec.json.encode({name: state.pop(name) for name in SEALED})

    def sealed(column: str, plain: bytes | None) -> str | None:
        context = context_of(tx.business_id, source.aggregate, source.subject_id, column)
        return None if plain is None else "\\x" + ctx.cipher.encrypt(plain, context=context).hex()

    row: upsert.Row = {
        "business_id": tx.business_id,
        "aggregate": source.aggregate,
        "subject_id": source.subject_id,
        "version": version if source.facts else LARGEST_SEQUENCE,
        "customer_id": source.customer_id,
        "state": state,
        "texts": sealed("texts", texts),
        "known": sealed("known", msgspec.json.encode(known) if known else None),
        "words": sealed("words", words.encode() if words else None),
    }
    return bool(await upsert.put(tx, SOURCES, [row]))


async def _store_answers(ctx: Context, tx: Transaction, envelope: Envelope) -> None:
    event = envelope.event
    if not isinstance(event, Appointment) or envelope.quiet:
        return
    for answer in event.answers:
        if abs((envelope.time - answer.at).total_seconds()) > 3600:
            continue
        source = NotificationSource(
            aggregate="answer",
            subject_id=answer.request_id,
            customer_id=event.customer_id,
            facts=answer_facts(answer),
        )
        version = int(answer.at.timestamp() * 1000)
        if not await _upsert(ctx, tx, source, version, words=answer.message):
            continue
        if withheld(envelope, "request_answered", source.facts, ctx.clock()) is None:
            await _add(tx, envelope, source, "request_answered", answer.request_id, version, ctx.clock())


async def _plan(ctx: Context, tx: Transaction, envelope: Envelope, source: NotificationSource) -> None:
    if not isinstance(source.facts, AppointmentFacts | InvoiceFacts):
        return
    await tx.run(_ADD_PLAN)
    business, now = await find_business(tx, tx.business_id), ctx.clock()
    if business is None:
        return
    zone = ZoneInfo(business.time_zone)
    plan = msgspec.json.encode(reminders_of(source.facts, business.reminders.hours_before, zone)).decode()
    names = {"aggregate": source.aggregate, "subject_id": source.subject_id, "plan": plan}
    await tx.run(_FORGET_UNPLANNED, **names)
    since = max(envelope.time, now) if envelope.quiet else envelope.time
    await tx.run(_ADD_REMINDERS, **names, customer_id=source.customer_id, since=since, now=now)


async def _notify(
    ctx: Context,
    tx: Transaction,
    envelope: Envelope,
    source: NotificationSource,
    kinds: Sequence[tuple[MessageKind, str]],
    history: datetime | None,
) -> None:
    names = {"aggregate": source.aggregate, "subject_id": source.subject_id}
    since: datetime | None = None

    async def forget(kinds: Sequence[MessageKind]) -> list[datetime]:
        rows = await tx.all(_FORGET_KINDS, dict[str, datetime], **names, kinds=list(kinds))
        return [row["received_at"] for row in rows]

    match source.facts:
        case InvoiceFacts():
            if not envelope.quiet and any(kind in REPLACED_BY_NEWER for kind, _ in kinds):
                await tx.run(_MARK_NOTIFIED, **names, version=envelope.sequence)
                since = min(await forget(REPLACED_BY_NEWER), default=None)
        case RequestFacts():
            if await forget(["request_received"]):
                return
        case AutopayFacts() if not envelope.quiet:
            if isinstance(envelope.event, AutopaySwitchedOn | AutopaySwitchedOff):
                await forget(["autopay_changed"])
        case PaymentFacts(status=status) if not envelope.quiet and status != "processing":
            await forget(OF_AN_OPEN_VOUCHER)
        case _:
            pass
    for kind, reversal_id in kinds:
        await _add_news(ctx, tx, envelope, source, kind, reversal_id, since, history)


async def _add_news(
    ctx: Context,
    tx: Transaction,
    envelope: Envelope,
    source: NotificationSource,
    kind: MessageKind,
    reversal_id: str = "",
    since: datetime | None = None,
    history: datetime | None = None,
) -> None:
    if withheld(envelope, kind, source.facts, ctx.clock(), history):
        return
    at = leaves_at(kind, envelope, source.facts, ctx.clock(), ctx.settings.news_fold)
    if at is not None:
        at = min(since, at) if since and kind in REPLACED_BY_NEWER else at
        await _add(tx, envelope, source, kind, reversal_id, envelope.sequence, at)


async def _add(
    tx: Transaction,
    envelope: Envelope,
    source: NotificationSource,
    kind: MessageKind,
    reversal_id: str,
    version: int,
    received_at: datetime,
) -> None:
    pending = PendingNotification(
        business_id=envelope.business_id,
        event_id=envelope.id,
        kind=kind,
        reversal_id=reversal_id,
        aggregate=source.aggregate,
        subject_id=source.subject_id,
        subject_version=version,
        customer_id=source.customer_id,
        received_at=received_at,
        expires_at=expiry_of(kind, envelope, source.facts),
        traceparent=envelope.traceparent,
    )
    await notifications.add_pending(tx, [pending])


async def _call_vouchers_off(
    ctx: Context, tx: Transaction, envelope: Envelope, source: NotificationSource
) -> None:
    match envelope.event:
        case InvoiceIssued():
            return
        case Invoice(invoice_id=invoice_id):
            ids = [invoice_id]
        case PaymentCaptured(allocations=allocations):
            ids = [part.invoice_id for part in allocations]
        case _:
            return
    payments = await notifications.list_payments(tx, source.customer_id, ids, "processing")
    for payment_id, facts in sorted(payments.items()):
        if facts.is_voucher:
            about = _about(payment_id, source, facts)
            await _add_news(ctx, tx, envelope, about, "voucher_called_off")


def _about(payment_id: str, source: NotificationSource, facts: Facts) -> NotificationSource:
    return NotificationSource(
        aggregate="payment", subject_id=payment_id, customer_id=source.customer_id, facts=facts
    )
