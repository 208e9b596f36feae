"""Which events make a message, when it may leave, for how long it is worth sending, whether it still applies.

Pure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from servicehub_events import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentEnRoute,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentScheduled,
    Envelope,
    Event,
    Payment,
    StaffAssigned,
)

from notifier.domain.autopay_facts import AutopayFacts, autopay_notices, autopay_still_true
from notifier.domain.facts import (
    Aggregate,
    AppointmentFacts,
    Facts,
    InvoiceFacts,
    PaymentFacts,
    SourceKey,
)
from notifier.domain.invoice_news import notices_of_invoice
from notifier.domain.invoice_standing import InvoiceStanding
from notifier.domain.kinds import (
    RULES,
    MessageKind,
    is_of_autopay,
    is_of_invoice,
    is_of_payment,
    is_of_request,
    is_of_visit,
    last_moment,
)
from notifier.domain.payment_kinds import notices_of, reminder_at, still_true
from notifier.domain.request_facts import AccessFacts, AnswerFacts, RequestFacts
from notifier.domain.request_news import request_notices
from notifier.domain.visit_news import hurries

SENT_WITHIN: Final = timedelta(hours=1)
"""What happened longer ago is stored and mails nobody, of a kind that has no last moment of its own.

Not for imports: those are marked (`Envelope.quiet`), however new they are. Not for visits: windows say it.
"""

Withheld = Literal["quiet", "old", "history"]
"""Why an event is told to nobody; history is what happened before this notifier was there to tell it."""

WAITS_FOR: Final = timedelta(minutes=10)
"""How long a notification waits for a business, a customer or an invoice of which nothing is known yet."""

TRIED_FOR: Final = timedelta(hours=1)
"""How long a message is tried once its recipients are settled."""

_KINDS: Final[dict[type[Event], MessageKind]] = {
    AppointmentScheduled: "visit_confirmed",
    AppointmentRescheduled: "visit_changed",
    AppointmentCancelled: "visit_cancelled",
    StaffAssigned: "staff_changed",
    AppointmentEnRoute: "visit_on_its_way",
    AppointmentMissed: "visit_missed",
    AppointmentCompleted: "visit_completed",
}
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=2), timedelta(seconds=15)


class PendingNotification(msgspec.Struct, frozen=True, kw_only=True):
    """A message to nobody yet: what happened to which aggregate, and by which event.

    `reversal_id` names the refund, dispute, credit note or answer that it is about, or the invoice that
    autopay pays. It may leave since `received_at`: when its event came, or later where its kind waits. It may
    not after `expires_at`.
    """

    business_id: str
    event_id: str
    kind: MessageKind
    reversal_id: str = ""
    aggregate: Aggregate
    subject_id: str
    subject_version: int
    customer_id: str
    received_at: datetime
    expires_at: datetime | None = None
    traceparent: str | None = None

    @property
    def source_key(self) -> SourceKey:
        """What it is about."""
        return self.business_id, self.aggregate, self.subject_id

    def happened_at(self, fold: timedelta) -> datetime:
        """When the event of a visit came, which waits for others."""
        return self.received_at - fold if _folds(self.kind) else self.received_at


def kinds_of(event: Event, facts: Facts | None, former: Facts | None) -> Sequence[tuple[MessageKind, str]]:
    """The messages an event makes, and the refund or dispute each is about; `former` is from before it."""
    if isinstance(event, Payment) and isinstance(facts, PaymentFacts):
        return notices_of(event, facts, former if isinstance(former, PaymentFacts) else None)
    if isinstance(facts, InvoiceFacts):
        return notices_of_invoice(event, facts, former)
    if isinstance(facts, AutopayFacts):
        return autopay_notices(event)
    if isinstance(facts, RequestFacts):
        return request_notices(event)
    kind = _KINDS.get(type(event))
    return [(kind, "")] if kind else []


def withheld(
    envelope: Envelope, kind: MessageKind, facts: Facts | None, now: datetime, history: datetime | None = None
) -> Withheld | None:
    """Why nobody is to be told of an event; None if it is news. `history` is when that of visits ended."""
    if envelope.quiet:
        return "quiet"
    if is_of_visit(kind) and history and envelope.time < history:
        return "history"
    last = last_moment(kind, envelope.time, _deadline(facts))
    if last is None:
        last = facts_end(facts) if is_of_visit(kind) else envelope.time + SENT_WITHIN
    return "old" if last and now > last else None


def facts_end(facts: Facts | None) -> datetime | None:
    """When the visit is over, and the one that it was before it moved."""
    if not isinstance(facts, AppointmentFacts):
        return None
    return max(facts.end, facts.former_end or facts.end)


def leaves_at(
    kind: MessageKind, envelope: Envelope, facts: Facts | None, now: datetime, fold: timedelta
) -> datetime | None:
    """When a message may leave that was received `now`; None for never. `fold`: how long news wait."""
    deadline = _deadline(facts)
    if kind == "voucher_reminder":
        return reminder_at(deadline, envelope.time) if deadline else None
    if isinstance(facts, AppointmentFacts) and _folds(kind) and not hurries(facts, now):
        return now + fold
    return now + (fold if RULES[kind].folds else RULES[kind].waits)


def _folds(kind: MessageKind) -> bool:
    """Whether it waits until nothing changes any more; what happens at the door does not."""
    return is_of_visit(kind) and RULES[kind].until is None


def expiry_of(kind: MessageKind, envelope: Envelope, facts: Facts | None) -> datetime | None:
    """Its last moment; None where that follows from when it is sent."""
    return last_moment(kind, envelope.time, _deadline(facts))


def _deadline(facts: Facts | None) -> datetime | None:
    return facts.expires_at if isinstance(facts, PaymentFacts) else None


def next_look(since: datetime, now: datetime) -> datetime | None:
    """When to look again for what is missing since then: less often the longer it is; None after too long."""
    waited = now - since
    return None if waited >= WAITS_FOR else now + min(max(_FIRST_WAIT, waited / 4), _LONGEST_WAIT)


def still_applies(
    kind: MessageKind,
    facts: Facts,
    now: datetime,
    reversal_id: str = "",
    invoices: Sequence[InvoiceStanding] = (),
) -> bool:
    """Whether the message may still be sent, judged by what it is about as that is now.

    Not of visits: `visit_news` says what is news to whom.
    """
    match facts, kind:
        case InvoiceFacts(), _:  # the rest depends on what its reader was told
            return is_of_invoice(kind)
        case PaymentFacts(), _:
            return is_of_payment(kind) and still_true(kind, reversal_id, facts, invoices)
        case ((RequestFacts() | AnswerFacts()), _):  # the rest depends on the visit, and on each other
            return is_of_request(kind)
        case AccessFacts(), _:
            return kind == "access_opened"
        case AutopayFacts(), _:
            unpaid = [invoice.invoice_id for invoice in invoices if invoice.left > 0]
            return is_of_autopay(kind) and autopay_still_true(kind, facts, reversal_id, unpaid)
        case _:
            return False
