"""What messages tell about: visits, invoices, payments, autopay, requests, as far as they need it. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Final, Literal, NamedTuple

import msgspec
from servicehub_events import (
    Appointment,
    AppointmentErased,
    AppointmentStatus,
    ArrivalWindow,
    Autopay,
    Confirmation,
    CustomerRequest,
    Envelope,
    Event,
    Invoice,
    InvoiceErased,
    InvoiceStatus,
    Payment,
    RequestErased,
    WholeDays,
    invoice_money,
)

from notifier.domain.autopay_facts import AutopayFacts, autopay_facts
from notifier.domain.payment_facts import PaymentFacts, payment_facts
from notifier.domain.request_facts import AccessFacts, AnswerFacts, RequestFacts, request_facts

Aggregate = Literal["appointment", "invoice", "payment", "autopay", "request", "answer", "access"]
"""What a message is about."""

SourceKey = tuple[str, Aggregate, str]
"""A business, and the aggregate and id of what a message is about there."""


class AppointmentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment. `former_…` is its time before the last move; what is None was not said of it.

    `staff` are names. What people typed, and who comes where, is stored encrypted (`SEALED`).
    """

    status: AppointmentStatus
    service: str
    start: datetime
    end: datetime
    time_zone: str
    former_start: datetime | None = None
    former_end: datetime | None = None
    site: str | None = None
    arrival: ArrivalWindow | None = None
    whole_days: WholeDays | None = None
    former_arrival: ArrivalWindow | None = None
    former_whole_days: WholeDays | None = None
    confirmation: Confirmation | None = None
    staff: tuple[str, ...] = ()
    address: str = ""
    instructions: str = ""
    items: tuple[str, ...] = ()
    summary: str = ""
    reason: str = ""
    cancelled_by: str | None = None
    arrives_at: datetime | None = None
    completed_at: datetime | None = None
    duration_minutes: int | None = None
    series_id: str | None = None
    series_rule: str = ""
    invoice_ids: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it is: the address, and what people call the place where there is none."""
        return self.address or self.site or ""


SEALED: Final = ("staff", "address", "instructions", "items", "summary", "reason")
"""Facts of an appointment that say who somebody is, where, or how one gets in."""


class CreditNoteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that lowered what an invoice charges by `total`, in minor units."""

    note_id: str
    number: str
    total: int
    issued_on: date


class InvoiceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice; money in minor units.

    `amount_due`, and `deposit`, the part of it that is due first, are after what the business recorded:
    `received`, of which it still has `kept`. `lines` are the first of `line_count`, `content` a digest of all
    that is charged. `announced`: its issue was news, and no import. What is below `deposit_due_on` has a
    default: facts stored before it have none.
    """

    number: str
    status: InvoiceStatus
    total: int
    amount_due: int
    currency: str
    due_on: date
    deposit: int | None = None
    deposit_due_on: date | None = None
    appointment_ids: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    line_count: int = 0
    content: str | None = None
    service_on: date | None = None
    received: int | None = None
    kept: int = 0
    credit_notes: tuple[CreditNoteFacts, ...] = ()
    replaced_by: str = ""
    announced: bool = False


LINES_KEPT: Final = 5
"""As many lines of an invoice as a message names."""
Facts = (
    AppointmentFacts | InvoiceFacts | PaymentFacts | AutopayFacts | RequestFacts | AnswerFacts | AccessFacts
)
FACTS: Final[Mapping[Aggregate, type[Facts]]] = {
    "appointment": AppointmentFacts,
    "invoice": InvoiceFacts,
    "payment": PaymentFacts,
    "autopay": AutopayFacts,
    "request": RequestFacts,
    "answer": AnswerFacts,
    "access": AccessFacts,
}


class NotificationSource(msgspec.Struct, frozen=True, kw_only=True):
    """One aggregate of one customer; without facts once it was erased."""

    aggregate: Aggregate
    subject_id: str
    customer_id: str
    facts: Facts | None

    def key(self, business_id: str) -> SourceKey:
        """Its key, of this business."""
        return business_id, self.aggregate, self.subject_id


class SourceEvent(NamedTuple):
    """An event, and what it says of its aggregate."""

    envelope: Envelope
    source: NotificationSource

    @property
    def key(self) -> SourceKey:
        """Of its aggregate."""
        return self.source.key(self.envelope.business_id)

    @property
    def customer(self) -> tuple[str, str]:
        """Business and customer."""
        return self.envelope.business_id, self.source.customer_id


def source_of(event: Event) -> NotificationSource | None:
    """What an event tells about, if messages may."""
    match event:
        case Appointment():
            return _source("appointment", event.appointment_id, event.customer_id, _appointment(event))
        case Invoice():
            return _source("invoice", event.invoice_id, event.customer_id, _invoice(event))
        case Payment():
            return _source("payment", event.payment_id, event.customer_id, payment_facts(event))
        case Autopay():
            return _source("autopay", event.customer_id, event.customer_id, autopay_facts(event))
        case CustomerRequest():
            return _source("request", event.request_id, event.customer_id, request_facts(event))
        case RequestErased():
            return _source("request", event.request_id, event.customer_id, None)
        case AppointmentErased():
            return _source("appointment", event.appointment_id, event.customer_id, None)
        case InvoiceErased():
            return _source("invoice", event.invoice_id, event.customer_id, None)
        case _:
            return None


def _source(aggregate: Aggregate, id_: str, customer_id: str, facts: Facts | None) -> NotificationSource:
    return NotificationSource(aggregate=aggregate, subject_id=id_, customer_id=customer_id, facts=facts)


def _appointment(event: Appointment) -> AppointmentFacts:
    former, window = event.rescheduled_from, event.window
    return AppointmentFacts(
        status=event.status,
        service=event.service.name,
        start=window.start,
        end=window.end,
        time_zone=window.time_zone,
        former_start=former.start if former else None,
        former_end=former.end if former else None,
        site=event.site.label if event.site else None,
        arrival=window.arrival,
        whole_days=window.whole_days,
        former_arrival=former.arrival if former else None,
        former_whole_days=former.whole_days if former else None,
        confirmation=event.confirmation,
        staff=tuple(member.name for member in event.staff),
        address=event.site.address if event.site else "",
        instructions=event.instructions or "",
        items=event.service.items,
        summary=(event.completed.summary or "") if event.completed else "",
        reason=(event.cancellation.reason or "") if event.cancellation else "",
        cancelled_by=event.cancellation.by if event.cancellation else None,
        arrives_at=event.estimated_arrival if event.status == "en_route" else None,
        completed_at=event.completed.at if event.completed else None,
        duration_minutes=event.duration_minutes,
        series_id=event.series.id if event.series else None,
        series_rule=event.series.rule if event.series else "",
        invoice_ids=event.invoice_ids,
    )


def _invoice(event: Invoice) -> InvoiceFacts:
    money = invoice_money(event, ())
    deposit = event.deposit if money.deposit_due else None
    replacement = event.voiding.replaced_by if event.voiding else None
    return InvoiceFacts(
        number=event.number,
        status=event.status,
        total=event.total,
        amount_due=money.amount_due,
        currency=event.currency,
        due_on=event.due_on,
        deposit=money.deposit_due or None,
        deposit_due_on=deposit.due_on if deposit else None,
        appointment_ids=event.appointment_ids,
        lines=tuple(line.description for line in event.lines[:LINES_KEPT]),
        line_count=len(event.lines),
        content=_digest((event.lines, event.discounts, event.tax_groups, event.withholdings)),
        service_on=event.service_on,
        received=money.received,
        kept=money.received - money.refunded,
        credit_notes=tuple(
            CreditNoteFacts(note_id=note.id, number=note.number, total=note.total, issued_on=note.issued_on)
            for note in event.credit_notes
        ),
        replaced_by=replacement.number if replacement else "",
    )


def _digest(content: object) -> str:
    return sha256(msgspec.json.encode(content)).hexdigest()[:32]
