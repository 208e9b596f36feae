"""From events to rows: pure, and each row from one event alone.

The tables say which events fill the projection, by state class or class of erasure; the subscriptions of its
two consumers follow from their keys. Erasure outranks every version, so an erased aggregate stays erased in
whatever order its events arrive.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

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
    invoice_money,
)

Row = Mapping[str, object]
Key = tuple[str, str]
"""Business id and id."""


class TableRow(NamedTuple):
    """A row and the name of its table."""

    table: str
    row: Row


RowReaction = Callable[[Envelope], Iterator[TableRow]]
"""The rows that an event stands for."""


def rows_of(envelope: Envelope) -> Iterable[TableRow]:
    """The rows that an event stands for; nothing for one that the projection does not keep."""
    reaction = _reaction_to(type(envelope.event))
    return reaction(envelope) if reaction else ()


def without_erased(erased: frozenset[Key], rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, those of erased customers cut down to a tombstone of their own version.

    A part has no tombstone: it counts only together with its whole, and is left out.
    """
    for row in rows:
        if (row["business_id"], row.get("customer_id")) not in erased:
            yield row
        elif "id" in row:
            yield {name: row[name] for name in ("business_id", "id", "version")}


def business_rows(envelope: Envelope) -> Iterator[TableRow]:
    """A business, and the slugs that lead to it: each counts while its version is that of the business."""
    if isinstance(event := envelope.event, Business):
        yield TableRow("businesses", _row(envelope, slug=event.slug))
        for slug in (event.slug, *event.former_slugs):
            slug_row = {"business_id": event.business_id, "slug": slug, "version": envelope.sequence}
            yield TableRow("business_slugs", slug_row)


def customer_rows(envelope: Envelope) -> Iterator[TableRow]:
    """A customer, or its tombstone."""
    match envelope.event:
        case Customer() as event:
            yield TableRow("customers", _row(envelope, id=event.customer_id))
        case CustomerErased() as event:
            yield TableRow("customers", _tombstone(event, event.customer_id))
        case _:
            pass


def session_rows(envelope: Envelope) -> Iterator[TableRow]:
    """A session, from sign-in on."""
    if isinstance(event := envelope.event, Session):
        row = _row(
            envelope,
            id=event.session_id,
            customer_id=event.customer_id,
            contact_id=event.contact_id,
            revoked=event.revoked_at is not None,
        )
        yield TableRow("sessions", row)


def preferences_rows(envelope: Envelope) -> Iterator[TableRow]:
    """The preferences of a contact, which name no person."""
    if isinstance(event := envelope.event, Preferences):
        yield TableRow("preferences", _row(envelope, id=event.contact_id))


def appointment_rows(envelope: Envelope) -> Iterator[TableRow]:
    """An appointment, or its tombstone."""
    match envelope.event:
        case Appointment() as event:
            row = _row(
                envelope,
                id=event.appointment_id,
                customer_id=event.customer_id,
                status=event.status,
                starts_at=event.window.start,
                ends_at=event.window.end,
            )
            yield TableRow("appointments", row)
        case AppointmentErased() as event:
            yield TableRow("appointments", _tombstone(event, event.appointment_id))
        case _:
            pass


def invoice_rows(envelope: Envelope) -> Iterator[TableRow]:
    """An invoice with what it asks of payments, or its tombstone."""
    match envelope.event:
        case Invoice() as event:
            row = _row(
                envelope,
                id=event.invoice_id,
                customer_id=event.customer_id,
                issued_on=event.issued_on,
                due_on=event.due_on,
                owed=invoice_money(event, ()).amount_due,
            )
            yield TableRow("invoices", row)
        case InvoiceErased() as event:
            yield TableRow("invoices", _tombstone(event, event.invoice_id))
        case _:
            pass


def payment_rows(envelope: Envelope) -> Iterator[TableRow]:
    """A payment, and which invoices it is on."""
    if isinstance(event := envelope.event, Payment):
        yield TableRow("payments", _row(envelope, id=event.payment_id, customer_id=event.customer_id))
        for share in event.allocations:
            row = {
                "business_id": event.business_id,
                "invoice_id": share.invoice_id,
                "payment_id": event.payment_id,
                "customer_id": event.customer_id,
                "version": envelope.sequence,
            }
            yield TableRow("payment_invoices", row)


IDENTITY: Final[Mapping[type[Event], RowReaction]] = {
    Business: business_rows,
    Customer: customer_rows,
    CustomerErased: customer_rows,
    Session: session_rows,
    Preferences: preferences_rows,
}
"""Who may come in. These events have a consumer of their own, so that no flood delays a revocation."""

DOCUMENTS: Final[Mapping[type[Event], RowReaction]] = {
    Appointment: appointment_rows,
    AppointmentErased: appointment_rows,
    Invoice: invoice_rows,
    InvoiceErased: invoice_rows,
    Payment: payment_rows,
}
"""What customers come to see."""


@cache
def _reaction_to(event: type[Event]) -> RowReaction | None:
    tables = (*IDENTITY.items(), *DOCUMENTS.items())
    return next((reaction for kind, reaction in tables if issubclass(event, kind)), None)


def _row(envelope: Envelope, **columns: object) -> Row:
    event = envelope.event
    state = msgspec.Raw(encode_event(event))  # of the class, not of the record: of its present version
    return {"business_id": event.business_id, "version": envelope.sequence, "state": state, **columns}


def _tombstone(event: Event, key: str) -> Row:
    return {"business_id": event.business_id, "id": key, "version": LARGEST_SEQUENCE}
