"""What messages tell about: a visit, an invoice or a payment, as far as a message needs it. Pure."""

from datetime import date, datetime
from typing import Literal

import msgspec
from servicehub_events import (
    Appointment,
    AppointmentErased,
    AppointmentStatus,
    Event,
    Invoice,
    InvoiceErased,
    InvoiceStatus,
    Method,
    Payment,
    PaymentStatus,
    invoice_money,
)

Aggregate = Literal["visit", "invoice", "payment"]


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit. `former_start` and `former_end` are the window before its last move."""

    status: AppointmentStatus
    service: str
    start: datetime
    end: datetime
    time_zone: str
    former_start: datetime | None = None
    former_end: datetime | None = None
    site: str | None = None


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice; money in minor units.

    `amount_due`, and `deposit`, the part of it that is due first, are after what the business recorded.
    """

    number: str
    status: InvoiceStatus
    total: int
    amount_due: int
    currency: str
    due_on: date
    deposit: int | None = None
    deposit_due_on: date | None = None


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """A payment; money in minor units. `checked` is false while an operator must look at it."""

    status: PaymentStatus
    amount: int
    currency: str
    invoice_ids: tuple[str, ...]
    method: Method | None
    contact_id: str | None
    at: datetime
    checked: bool


State = Visit | Bill | Paid
STATES: dict[Aggregate, type[Visit] | type[Bill] | type[Paid]] = {
    "visit": Visit,
    "invoice": Bill,
    "payment": Paid,
}


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One aggregate of one customer; without a state once it was erased."""

    aggregate: Aggregate
    subject_id: str
    customer_id: str
    state: State | None


def subject_of(event: Event) -> Subject | None:
    """What an event tells about, if messages may."""
    match event:
        case Appointment(appointment_id=id_, customer_id=customer_id):
            return Subject(aggregate="visit", subject_id=id_, customer_id=customer_id, state=_visit(event))
        case Invoice(invoice_id=id_, customer_id=customer_id):
            return Subject(aggregate="invoice", subject_id=id_, customer_id=customer_id, state=_bill(event))
        case Payment(payment_id=id_, customer_id=customer_id):
            return Subject(aggregate="payment", subject_id=id_, customer_id=customer_id, state=_paid(event))
        case AppointmentErased(appointment_id=id_, customer_id=customer_id):
            return Subject(aggregate="visit", subject_id=id_, customer_id=customer_id, state=None)
        case InvoiceErased(invoice_id=id_, customer_id=customer_id):
            return Subject(aggregate="invoice", subject_id=id_, customer_id=customer_id, state=None)
        case _:
            return None


def _visit(event: Appointment) -> Visit:
    former = event.rescheduled_from
    return Visit(
        status=event.status,
        service=event.service.name,
        start=event.window.start,
        end=event.window.end,
        time_zone=event.window.time_zone,
        former_start=former.start if former else None,
        former_end=former.end if former else None,
        site=event.site.label if event.site else None,
    )


def _bill(event: Invoice) -> Bill:
    money = invoice_money(event, ())
    deposit = event.deposit if money.deposit_due else None
    return Bill(
        number=event.number,
        status=event.status,
        total=event.total,
        amount_due=money.amount_due,
        currency=event.currency,
        due_on=event.due_on,
        deposit=money.deposit_due or None,
        deposit_due_on=deposit.due_on if deposit else None,
    )


def _paid(event: Payment) -> Paid:
    return Paid(
        status=event.status,
        amount=event.amount,
        currency=event.currency,
        invoice_ids=tuple(part.invoice_id for part in event.allocations),
        method=event.method,
        contact_id=event.contact_id,
        at=event.occurred_at,
        checked=event.review is None,
    )
