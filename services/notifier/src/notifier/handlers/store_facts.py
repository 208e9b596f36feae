"""Store what messages tell about, and the notifications that its events make, of a whole batch at once.

Records may come twice, so that everything is guarded by the version of its aggregate. A batch leaves what its
events would have left one by one, in the order of the log.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.database import Transaction
from chassis.identity import lock_erased
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
    SourceEvent,
    source_of,
)
from notifier.domain.invoice_news import REPLACED_BY_NEWER
from notifier.domain.kinds import MessageKind
from notifier.domain.notifications import PendingNotification, expiry_of, kinds_of, leaves_at, withheld
from notifier.domain.payment_facts import with_failed_refunds
from notifier.domain.payment_kinds import OF_AN_OPEN_VOUCHER
from notifier.domain.visit_news import VisitTold, known_from
from notifier.handlers.plan_reminders import plan_reminders
from notifier.handlers.store_answers import answers_of, keep_answers
from notifier.store import notifications
from notifier.store.notifications import KnownSource
from notifier.store.source_batch import SourceBatch
from notifier.store.told_invoices import forget_told


async def store_facts(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store what each event is about, and add the notifications that it makes; older ones give way to them.

    One that applies no longer, as of an invoice that was voided, ends where it is read (`still_applies`).
    Raises `SourcesChanged`.
    """
    events = [SourceEvent(each, source) for each in batch if (source := source_of(each.event))]
    erased = await lock_erased(tx, {event.customer for event in events})
    events = [event for event in events if event.customer not in erased]
    if not events:
        return
    storing = _Storing(
        sources=await _load(ctx, tx, events),
        history=await notifications.find_end_of_history(tx),
        now=ctx.clock(),
        fold=ctx.settings.news_fold,
    )
    for event in events:
        storing.store(event)
    await storing.sources.save(tx)
    gone = {event.key for event in storing.stored if event.source.facts is None}
    await forget_told(tx, [key for key in gone if key[1] == "invoice"])
    await plan_reminders(ctx, tx, storing.stored)
    for (kind, outcome), count in storing.counts.items():
        metrics.count_notification(kind, outcome, count)


async def _load(ctx: Context, tx: Transaction, events: Sequence[SourceEvent]) -> SourceBatch:
    answers = {key for event in events for key in answers_of(event.envelope)}
    requests = {event.key for event in events if event.source.aggregate == "request"}
    answers |= {(business_id, "answer", id_) for business_id, _, id_ in requests}
    replacing = {
        event.key
        for event in events
        if event.source.aggregate in ("invoice", "payment", "autopay") and not event.envelope.quiet
    }
    return await SourceBatch.load(
        tx,
        ctx.cipher,
        {event.key for event in events} | answers,
        replaced=replacing | requests,
        paying={event.customer for event in events if _invoices_touched(event.envelope)},
    )


@dataclass(slots=True, kw_only=True)
class _Storing:
    """The events of one batch become facts and notifications, one after the other."""

    sources: SourceBatch
    history: datetime | None
    now: datetime
    fold: timedelta
    stored: list[SourceEvent] = field(default_factory=list[SourceEvent])
    counts: Counter[tuple[MessageKind, metrics.NotificationOutcome]] = field(
        default_factory=Counter[tuple[MessageKind, metrics.NotificationOutcome]]
    )

    def store(self, event: SourceEvent) -> None:
        """Store one, unless a newer one is there."""
        envelope, source = event
        row, known = self.sources.find(event.key), None
        former = row.facts if row else None
        match source.facts:
            case PaymentFacts() as facts:
                of_payment = former if isinstance(former, PaymentFacts) else None
                source = replace(source, facts=with_failed_refunds(facts, of_payment))
            case InvoiceFacts() as facts:
                source = replace(source, facts=self._announced(envelope, facts, former))
            case AppointmentFacts() as facts:
                known = self._known(envelope, facts, row)
            case _:
                pass
        if not self.sources.put(envelope.business_id, source, envelope.sequence, known=known):
            return
        event = SourceEvent(envelope, source)
        self.stored.append(event)
        if source.aggregate == "request" and source.facts is None:
            self.sources.forget((envelope.business_id, "answer", source.subject_id))
        keep_answers(self.sources, envelope, self.now)
        if kinds := kinds_of(envelope.event, source.facts, former):
            self._notify(event, kinds)
        self._call_vouchers_off(event)

    def _announced(self, envelope: Envelope, facts: InvoiceFacts, former: Facts | None) -> InvoiceFacts:
        """With whether its issue was news: an event of its issue says so, and those after it keep it."""
        announced = isinstance(former, InvoiceFacts) and former.announced
        if isinstance(envelope.event, InvoiceIssued):
            announced = withheld(envelope, "invoice_issued", facts, self.now) is None
        return replace(facts, announced=announced)

    def _known(
        self, envelope: Envelope, facts: AppointmentFacts, former: KnownSource | None
    ) -> VisitTold | None:
        """What counts as told of a visit to who was told nothing else: what was no news, as an import is
        none.
        """
        no_news = envelope.quiet or (self.history is not None and envelope.time < self.history)
        if no_news and (former is None or former.known):
            return known_from(facts)
        if former and not former.is_sealed and isinstance(former.facts, AppointmentFacts):
            return known_from(former.facts)  # its row is from before tellings were kept
        return former.known if former else None

    def _notify(self, event: SourceEvent, kinds: Sequence[tuple[MessageKind, str]]) -> None:
        """Add notifications, which older ones of the same source give way to; no news leaves them alone."""
        since: datetime | None = None
        match event.source.aggregate:
            case "invoice":
                since = self._take_place(event, kinds)
            case "request":
                if self._take(event, ["request_received"]):
                    return  # asked and withdrawn within a minute: neither is told
            case _:
                self._take_older(event)
        for kind, reversal_id in kinds:
            self._add(event.envelope, event.source, kind, reversal_id, since=since)

    def _take_place(self, event: SourceEvent, kinds: Sequence[tuple[MessageKind, str]]) -> datetime | None:
        """Of an invoice the newest message replaces one that waits, and leaves when that would have: what
        changes within a minute is one message, however often.
        """
        if event.envelope.quiet or not any(kind in REPLACED_BY_NEWER for kind, _ in kinds):
            return None
        self.sources.mark_notified(event.key, event.envelope.sequence)
        taken = self._take(event, REPLACED_BY_NEWER)
        return min((former.received_at for former in taken), default=None)

    def _take_older(self, event: SourceEvent) -> None:
        """Of a payment and of autopay what waits is judged by what is true then: a refund takes no receipt's
        place. Autopay that was switched twice is told as it is now. Of a visit what waits is told as the
        difference to what is true by then.
        """
        if event.envelope.quiet:
            return
        match event.source.facts:
            case AutopayFacts() if isinstance(event.envelope.event, AutopaySwitchedOn | AutopaySwitchedOff):
                self._take(event, ["autopay_changed"])
            case PaymentFacts(status=status) if status != "processing":
                self._take(event, OF_AN_OPEN_VOUCHER)
            case _:
                pass

    def _take(self, event: SourceEvent, kinds: Sequence[MessageKind]) -> Sequence[PendingNotification]:
        taken = self.sources.take(event.key, kinds)
        self.counts.update((former.kind, "superseded") for former in taken)
        return taken

    def _add(
        self,
        envelope: Envelope,
        source: NotificationSource,
        kind: MessageKind,
        reversal_id: str = "",
        *,
        since: datetime | None = None,
    ) -> None:
        if untold := withheld(envelope, kind, source.facts, self.now, self.history):
            self.counts[kind, untold] += 1
            return
        received_at = leaves_at(kind, envelope, source.facts, self.now, self.fold)
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
        self.sources.add(pending)

    def _call_vouchers_off(self, event: SourceEvent) -> None:
        """An invoice that changed, or was paid another way, may take no more what a voucher would pay."""
        if not (ids := _invoices_touched(event.envelope)):
            return
        for payment_id, payment in self.sources.list_vouchers(event.customer, ids):
            about = NotificationSource(
                aggregate="payment",
                subject_id=payment_id,
                customer_id=event.source.customer_id,
                facts=payment,
            )
            self._add(event.envelope, about, "voucher_called_off")


def _invoices_touched(envelope: Envelope) -> Sequence[str]:
    """The invoices of which an event may leave less to pay, or more."""
    match envelope.event:
        case InvoiceIssued():
            return ()
        case Invoice(invoice_id=invoice_id):
            return [invoice_id]
        case PaymentCaptured(allocations=allocations):
            return [part.invoice_id for part in allocations]
        case _:
            return ()
