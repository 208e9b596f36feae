"""What is owed: invoices as ServiceHub tells them, with the payments on them; the higher version wins."""

from collections.abc import Iterable, Sequence

import msgspec
from chassis.database import Transaction, upsert
from servicehub_events import (
    LARGEST_SEQUENCE,
    Envelope,
    Invoice,
    InvoiceErased,
    Payment,
    decode_event,
    encode_event,
    invoice_money,
)
from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from billing.domain.amounts import OwedInvoice
from billing.domain.vouchers import is_voucher

_INVOICES = Table(
    "invoices",
    MetaData(),
    Column("business_id", Text, primary_key=True),
    Column("invoice_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("state", JSONB),
    Column("known_since", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""`state` is the whole invoice; null once it or its customer was erased. A row keeps its `known_since`."""

_LIST = (
    "SELECT version, state FROM invoices WHERE business_id = :business_id"
    " AND customer_id = :customer_id AND invoice_id = ANY(CAST(:invoices AS text[]))"
    " AND state IS NOT NULL ORDER BY invoice_id"
)
_LIST_ANYBODYS = (
    "SELECT version, state FROM invoices WHERE business_id = :business_id"
    " AND invoice_id = ANY(CAST(:invoices AS text[])) AND state IS NOT NULL"
)
# The newest event of a payment is its state.
_LIST_PAYMENTS = (
    "SELECT DISTINCT ON (e.stream) e.type, e.data::text AS data FROM claims c JOIN events e"
    " ON e.business_id = c.business_id AND e.stream = 'payment/' || c.payment_id"
    " WHERE c.business_id = :business_id AND c.invoice_id = ANY(CAST(:invoices AS text[]))"
    " ORDER BY e.stream, e.version DESC"
)
# An erasure outranks every version, whichever of customer and invoice was read first.
_FORGET_OF_CUSTOMERS = (
    "UPDATE invoices AS i SET state = NULL, version = :version"
    " FROM jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " WHERE i.business_id = k.business_id AND i.customer_id = k.customer_id AND i.state IS NOT NULL"
    " RETURNING i.business_id, i.invoice_id"
)


class _Invoice(msgspec.Struct, frozen=True):
    version: int
    state: Invoice


class _NewestEvent(msgspec.Struct, frozen=True):
    type: str
    data: str


class _Key(msgspec.Struct, frozen=True):
    business_id: str
    invoice_id: str


async def list_owed(
    tx: Transaction, customer_id: str, invoices: Sequence[str], *, vouchers: bool = True
) -> list[OwedInvoice]:
    """The customer's invoices of these ids with their money, in id order; those of others are left out.

    `vouchers` False: as if no voucher were waiting to be paid.
    """
    rows = await tx.all(_LIST, _Invoice, customer_id=customer_id, invoices=list(invoices))
    payments = await list_payments(tx, invoices)
    if not vouchers:
        payments = [payment for payment in payments if not is_voucher(payment)]
    return [OwedInvoice(row.state, row.version, invoice_money(row.state, payments)) for row in rows]


async def read_invoices(tx: Transaction, invoices: Sequence[str]) -> dict[str, Invoice]:
    """The invoices of these ids, whosever they are; those that were erased are left out."""
    rows = await tx.all(_LIST_ANYBODYS, _Invoice, invoices=list(invoices))
    return {row.state.invoice_id: row.state for row in rows}


async def list_payments(tx: Transaction, invoices: Sequence[str]) -> list[Payment]:
    """The present states of all payments on these invoices."""
    newest = await tx.all(_LIST_PAYMENTS, _NewestEvent, invoices=list(invoices))
    events = [decode_event(event.type, event.data.encode()) for event in newest]
    return [event for event in events if isinstance(event, Payment)]


async def upsert_invoices(tx: Transaction, batch: Iterable[Envelope]) -> list[tuple[str, str]]:
    """Store invoices, and of erased ones the ids; those that changed, as (business id, invoice id)."""
    changed = await upsert.put(tx, _INVOICES, [row for e in batch if (row := _row(e))])
    return [(str(business_id), str(invoice_id)) for business_id, invoice_id in changed]


async def forget_invoices(tx: Transaction, customers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave the ids of these customers' invoices; those that changed, as (business id, invoice id)."""
    keys = [
        {"business_id": business_id, "customer_id": customer_id} for business_id, customer_id in customers
    ]
    cleared = await tx.all(
        _FORGET_OF_CUSTOMERS, _Key, keys=msgspec.json.encode(keys).decode(), version=LARGEST_SEQUENCE
    )
    return [(key.business_id, key.invoice_id) for key in cleared]


def _row(envelope: Envelope) -> upsert.Row | None:
    event = envelope.event
    if not isinstance(event, Invoice | InvoiceErased):
        return None
    return {
        "business_id": event.business_id,
        "invoice_id": event.invoice_id,
        "version": LARGEST_SEQUENCE if isinstance(event, InvoiceErased) else envelope.sequence,
        "customer_id": event.customer_id,
        "state": msgspec.Raw(encode_event(event)) if isinstance(event, Invoice) else None,
    }
