"""From events to rows: pure, and each row from one event alone.

The tables say which events fill the projection, by state class or class of erasure; the subscriptions of its
two consumers follow from their keys. Erasure outranks every version, so an erased aggregate stays erased in
whatever order its events arrive.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from chassis.origins import own_domain
from servicehub_events import (
    LARGEST_SEQUENCE,
    Appointment,
    AppointmentErased,
    Autopay,
    Business,
    Customer,
    CustomerErased,
    Event,
    Invoice,
    InvoiceErased,
    Message,
    Payment,
    Preferences,
    Session,
    encode_event,
    invoice_money,
)

Row = Mapping[str, object]
"""Values by column name; a `state` is its JSON, which is encrypted when it is written."""
Key = tuple[str, str]
"""Business id and id."""


class TableRow(NamedTuple):
    """A row and the name of its table."""

    table: str
    row: Row


RowReaction = Callable[[Event, int], Iterator[TableRow]]
"""The rows that an event, or a state, of this version stands for."""


def rows_of(event: Event, version: int) -> Iterable[TableRow]:
    """The rows that an event stands for; nothing for one that the projection does not keep."""
    reaction = _reaction_to(type(event))
    return reaction(event, version) if reaction else ()


def without_erased(erased: frozenset[Key], rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, those of erased customers cut down to a tombstone of their own version.

    A part has no tombstone: it counts only together with its whole, and is left out.
    """
    for row in rows:
        if (row["business_id"], row.get("customer_id")) not in erased:
            yield row
        elif "id" in row:
            yield {name: row[name] for name in ("business_id", "id", "version")}


def business_rows(event: Event, version: int) -> Iterator[TableRow]:
    """A business, and what leads to it: each slug, and a domain of its own, which no slug can look like.

    Each counts while its version is that of the business.
    """
    if isinstance(event, Business):
        yield TableRow("businesses", _row(event, version, slug=event.slug, enabled=event.enabled))
        domain = own_domain(event)
        for slug in (event.slug, *event.former_slugs, *((domain,) if domain else ())):
            slug_row = {"business_id": event.business_id, "slug": slug, "version": version}
            yield TableRow("business_slugs", slug_row)


def customer_rows(event: Event, version: int) -> Iterator[TableRow]:
    """A customer, or its tombstone."""
    match event:
        case Customer():
            yield TableRow("customers", _row(event, version, id=event.customer_id))
        case CustomerErased():
            yield TableRow("customers", _tombstone(event, event.customer_id))
        case _:
            pass


def session_rows(event: Event, version: int) -> Iterator[TableRow]:
    """A session, from sign-in on."""
    if isinstance(event, Session):
        row = _row(
            event,
            version,
            id=event.session_id,
            customer_id=event.customer_id,
            contact_id=event.contact_id,
            revoked=event.revoked_at is not None,
        )
        yield TableRow("sessions", row)


def preferences_rows(event: Event, version: int) -> Iterator[TableRow]:
    """The preferences of a contact, which name no person."""
    if isinstance(event, Preferences):
        yield TableRow("preferences", _row(event, version, id=event.contact_id))


def appointment_rows(event: Event, version: int) -> Iterator[TableRow]:
    """An appointment, or its tombstone."""
    match event:
        case Appointment():
            row = _row(
                event,
                version,
                id=event.appointment_id,
                customer_id=event.customer_id,
                status=event.status,
                starts_at=event.window.start,
                ends_at=event.window.end,
                invoice_ids=event.invoice_ids,
            )
            yield TableRow("appointments", row)
        case AppointmentErased():
            yield TableRow("appointments", _tombstone(event, event.appointment_id))
        case _:
            pass


def invoice_rows(event: Event, version: int) -> Iterator[TableRow]:
    """An invoice with what it asks of payments, or its tombstone."""
    match event:
        case Invoice():
            unpaid = invoice_money(event, ())
            row = _row(
                event,
                version,
                id=event.invoice_id,
                customer_id=event.customer_id,
                issued_on=event.issued_on,
                due_on=event.due_on,
                owed=unpaid.amount_due,
                overpaid=unpaid.credit > 0,
                appointment_ids=event.appointment_ids,
            )
            yield TableRow("invoices", row)
        case InvoiceErased():
            yield TableRow("invoices", _tombstone(event, event.invoice_id))
        case _:
            pass


def payment_rows(event: Event, version: int) -> Iterator[TableRow]:
    """A payment, and which invoices it is on."""
    if isinstance(event, Payment):
        yield TableRow("payments", _row(event, version, id=event.payment_id, customer_id=event.customer_id))
        for share in event.allocations:
            row = {
                "business_id": event.business_id,
                "invoice_id": share.invoice_id,
                "payment_id": event.payment_id,
                "customer_id": event.customer_id,
                "version": version,
            }
            yield TableRow("payment_invoices", row)


def autopay_rows(event: Event, version: int) -> Iterator[TableRow]:
    """What the autopay of a customer pays, and when."""
    if isinstance(event, Autopay):
        yield TableRow("autopays", _row(event, version, id=event.customer_id, customer_id=event.customer_id))


def message_rows(event: Event, version: int) -> Iterator[TableRow]:
    """A message about an invoice or a payment, whose pages say where it went; others are not kept."""
    if isinstance(event, Message) and event.customer_id and (event.invoice_id or event.payment_id):
        row = _row(
            event,
            version,
            id=event.message_id,
            customer_id=event.customer_id,
            invoice_id=event.invoice_id,
            payment_id=event.payment_id,
        )
        yield TableRow("messages", row)


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
    Autopay: autopay_rows,
    Message: message_rows,
}
"""What customers come to see."""


@cache
def _reaction_to(event: type[Event]) -> RowReaction | None:
    tables = (*IDENTITY.items(), *DOCUMENTS.items())
    return next((reaction for kind, reaction in tables if issubclass(event, kind)), None)


def _row(event: Event, version: int, **columns: object) -> Row:
    state = encode_event(event)  # of the class, not of the record: of its present version
    return {"business_id": event.business_id, "version": version, "state": state, **columns}


def _tombstone(event: Event, key: str) -> Row:
    return {"business_id": event.business_id, "id": key, "version": LARGEST_SEQUENCE}
