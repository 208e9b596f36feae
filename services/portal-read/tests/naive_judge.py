"""The read model a second time, as plainly as it can be said: from the whole log at once."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import cast

import msgspec
from rows_digest import Rows
from servicehub_events import (
    Allocation,
    Appointment,
    Business,
    CustomerErased,
    Envelope,
    Erased,
    Event,
    Invoice,
    Message,
    Payment,
    Share,
    topic_of,
)

LAST = 9223372036854775807
TABLES = {
    "servicehub.customers.v1": "customers",
    "servicehub.appointments.v1": "appointments",
    "servicehub.invoices.v1": "invoices",
    "portal.businesses.v1": "businesses",
    "portal.payments.v1": "payments",
    "portal.sessions.v1": "sessions",
    "portal.preferences.v1": "preferences",
    "portal.autopay.v1": "autopays",
    "portal.messages.v1": "messages",
}
COLUMNS = {
    "customers": (),
    "preferences": (),
    "businesses": ("slug", "enabled"),
    "sessions": ("customer_id", "contact_id", "revoked"),
    "appointments": ("customer_id", "status", "starts_at", "ends_at", "invoice_ids"),
    "invoices": (
        "customer_id",
        "issued_on",
        "due_on",
        "owed",
        "overpaid",
        "covered",
        "in_credit",
        "appointment_ids",
    ),
    "payments": ("customer_id",),
    "autopays": ("customer_id",),
    "messages": ("customer_id", "invoice_id", "payment_id"),
}


def recompute(envelopes: Iterable[Envelope]) -> Rows:
    """The rows that this log must give, whatever order it is read in."""
    log = [each for each in envelopes if is_shown(each.event)]
    erased = {(e.business_id, e.subject) for e in log if isinstance(e.event, CustomerErased)}
    newest: dict[tuple[str, tuple[str, ...]], Envelope] = {}
    for each in log:
        table = TABLES[topic_of(type(each.event)).name]
        key = (each.business_id,) if table == "businesses" else (each.business_id, each.subject)
        if (table, key) not in newest or version(each) > version(newest[table, key]):
            newest[table, key] = each
    rows: Rows = {name: {} for name in (*COLUMNS, "business_slugs", "payment_invoices")}
    payments: dict[tuple[str, ...], Payment] = {}
    for (table, key), each in newest.items():
        gone = isinstance(each.event, Erased) or (key[0], getattr(each.event, "customer_id", "")) in erased
        rows[table][key] = tombstone(table, each) if gone else full(table, each)
        if not gone:
            parts(rows, each)
        if not gone and isinstance(each.event, Payment):
            payments[key] = each.event
    for (business, invoice), row in rows["invoices"].items():
        paid = [
            part.amount if counts(payment, row) else 0
            for at, payment in payments.items()
            for part in payment.allocations
            if (at[0], part.invoice_id) == (business, invoice)
        ]
        bill = newest["invoices", (business, invoice)].event
        ours = [one for at, one in payments.items() if at[0] == business]
        on_it = [one for one in ours if part_of(one.allocations, invoice)]
        held = too_much(bill, on_it) if row["state"] is not None and isinstance(bill, Invoice) else 0
        row["in_credit"] = bool(on_it) and held > 0
        row["covered"] = bool(paid) and isinstance(row["owed"], int) and sum(paid) >= row["owed"]
    return rows


def is_shown(event: Event) -> bool:
    """Of messages, those to a customer about an invoice or a payment."""
    about_money = isinstance(event, Message) and (event.invoice_id or event.payment_id)
    return not isinstance(event, Message) or bool(event.customer_id and about_money)


def version(each: Envelope) -> int:
    return LAST if isinstance(each.event, Erased) else each.sequence


def tombstone(table: str, each: Envelope) -> dict[str, object]:
    return {"version": version(each), "state": None, **dict.fromkeys(COLUMNS[table])}


def full(table: str, each: Envelope) -> dict[str, object]:
    event = each.event
    return {
        "version": version(each),
        "state": msgspec.json.decode(msgspec.json.encode(event)),
        **{column: value(event, column) for column in COLUMNS[table]},
    }


def value(event: Event, column: str) -> object:
    match column:
        case "revoked":
            return getattr(event, "revoked_at", None) is not None
        case "starts_at" | "ends_at":
            assert isinstance(event, Appointment)
            return moment(event.window.start if column == "starts_at" else event.window.end)
        case "owed":
            return left_to_pay(event) if isinstance(event, Invoice) else None
        case "overpaid":
            return too_much(event, []) > 0 if isinstance(event, Invoice) else None
        case "covered" | "in_credit":
            return None
        case "invoice_ids" | "appointment_ids":
            return list(getattr(event, column))
        case _:
            plain: object = getattr(event, column)
            return plain.isoformat() if isinstance(plain, date) else plain


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def left_to_pay(invoice: Invoice) -> int:
    if invoice.status != "open":
        return 0
    less = sum(part.amount for part in invoice.withholdings) + sum(n.total for n in invoice.credit_notes)
    paid = sum(p.amount for p in invoice.recorded_payments if not p.portal_payment_id)
    return max(0, max(0, invoice.total - less) - paid)


def too_much(invoice: Invoice, payments: Sequence[Payment]) -> int:
    """What the business holds beyond what it asks, were it written down by hand; below zero: too little."""
    less = sum(part.amount for part in invoice.withholdings) + sum(n.total for n in invoice.credit_notes)
    held = 0 if invoice.status == "void" else -max(0, invoice.total - less)
    for entry in invoice.recorded_payments:
        held += 0 if entry.portal_payment_id else entry.amount
        held -= sum(refund.amount for refund in entry.refunds if not refund.portal_refund_id)
    for payment in payments:
        if payment.status != "captured" or payment.review or payment.currency != invoice.currency:
            continue
        held += part_of(payment.allocations, invoice.invoice_id)
        going = [one for one in payment.refund_attempts if one.status in ("pending", "requires_action")]
        for refund in (*payment.refunds, *going):
            held -= part_of(refund.allocations, invoice.invoice_id)
        for dispute in (payment.dispute, *payment.other_disputes):
            if dispute and dispute.status == "lost":
                held -= part_of(dispute.allocations, invoice.invoice_id)
    return held


def part_of(parts: Sequence[Allocation | Share], invoice_id: str) -> int:
    return sum(part.amount for part in parts if part.invoice_id == invoice_id)


def parts(rows: Rows, each: Envelope) -> None:
    event = each.event
    if isinstance(event, Business):
        names = {event.slug, *event.former_slugs}
        if event.domain and event.domain_check and event.domain_check.status == "verified":
            names.add(event.domain)
        for slug in names:
            rows["business_slugs"][each.business_id, slug] = {"version": each.sequence}
    if isinstance(event, Payment):
        for part in event.allocations:
            rows["payment_invoices"][each.business_id, part.invoice_id, event.payment_id] = {
                "version": each.sequence,
                "customer_id": event.customer_id,
            }


def counts(payment: Payment, invoice: dict[str, object]) -> bool:
    state = cast(dict[str, object] | None, invoice["state"])
    mine = state is not None and state["currency"] == payment.currency
    return mine and payment.status == "captured" and payment.review is None
