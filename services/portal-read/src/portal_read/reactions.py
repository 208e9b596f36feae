"""From events to rows: pure, and each row from one event alone.

Erasure outranks every version, so an erased aggregate stays erased in whatever order its events arrive.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec
from servicehub_events import (
    LARGEST_SEQUENCE,
    Appointment,
    AppointmentErased,
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Event,
    Invoice,
    InvoiceErased,
    Payment,
    Preferences,
    Session,
    encode_event,
)

Row = Mapping[str, object]
Key = tuple[str, str]
"""Business id and id."""


class Placed(NamedTuple):
    """A row and the name of its table."""

    table: str
    row: Row


def place(envelope: Envelope) -> Iterator[Placed]:
    """The rows an event stands for; nothing for one that this read model does not keep."""
    event, version = envelope.event, envelope.sequence
    match event:
        case Business():
            yield Placed("businesses", _row(event, version, slug=event.slug))
            for slug in (event.slug, *event.former_slugs):
                part = {"business_id": event.business_id, "slug": slug, "version": version}
                yield Placed("business_slugs", part)
        case Customer():
            yield Placed("customers", _row(event, version, id=event.customer_id))
        case Session():
            yield Placed("sessions", _session(event, version))
        case Preferences():
            yield Placed("preferences", _row(event, version, id=event.contact_id))
        case Appointment():
            yield Placed("appointments", _appointment(event, version))
        case Invoice():
            yield Placed("invoices", _invoice(event, version))
        case Payment():
            yield from _payment(event, version)
        case CustomerErased():
            yield Placed("customers", _tombstone(event, event.customer_id))
        case AppointmentErased():
            yield Placed("appointments", _tombstone(event, event.appointment_id))
        case InvoiceErased():
            yield Placed("invoices", _tombstone(event, event.invoice_id))
        case _:
            pass


def without(erased: frozenset[Key], rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, those of erased customers cut down to a tombstone of their own version.

    A part has no tombstone: it counts only together with its whole, and is left out.
    """
    for row in rows:
        if (row["business_id"], row.get("customer_id")) not in erased:
            yield row
        elif "id" in row:
            yield {name: row[name] for name in ("business_id", "id", "version")}


def received(payment: Payment) -> bool:
    """Whether its money counts for its invoices: captured, and not under review."""
    return payment.status == "captured" and payment.review is None


def owed(invoice: Invoice) -> int:
    """What the portal's own payments have to cover, in minor units; a recorded echo of one is no money."""
    if invoice.status != "open":
        return 0
    recorded = (paid.amount for paid in invoice.recorded_payments if paid.portal_payment_id is None)
    return max(0, invoice.total - sum(recorded))


def _row(event: Event, version: int, **columns: object) -> Row:
    state = msgspec.Raw(encode_event(event))  # of the class, not of the record: of its present version
    return {"business_id": event.business_id, "version": version, "state": state, **columns}


def _tombstone(event: Event, key: str) -> Row:
    return {"business_id": event.business_id, "id": key, "version": LARGEST_SEQUENCE}


def _session(event: Session, version: int) -> Row:
    return _row(
        event,
        version,
        id=event.session_id,
        customer_id=event.customer_id,
        contact_id=event.contact_id,
        revoked=event.revoked_at is not None,
    )


def _appointment(event: Appointment, version: int) -> Row:
    return _row(
        event,
        version,
        id=event.appointment_id,
        customer_id=event.customer_id,
        status=event.status,
        starts_at=event.window.start,
        ends_at=event.window.end,
    )


def _invoice(event: Invoice, version: int) -> Row:
    return _row(
        event,
        version,
        id=event.invoice_id,
        customer_id=event.customer_id,
        issued_on=event.issued_on,
        due_on=event.due_on,
        owed=owed(event),
    )


def _payment(event: Payment, version: int) -> Iterator[Placed]:
    yield Placed("payments", _row(event, version, id=event.payment_id, customer_id=event.customer_id))
    for part in event.allocations:
        row = {
            "business_id": event.business_id,
            "invoice_id": part.invoice_id,
            "payment_id": event.payment_id,
            "customer_id": event.customer_id,
            "version": version,
            "received": part.amount if received(event) else 0,
        }
        yield Placed("payment_invoices", row)
