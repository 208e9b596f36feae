"""How an invoice was when a contact was told of it last, and on which days money of it went back."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from chassis.database import Transaction

from notifier.domain.facts import InvoiceFacts, SourceKey
from notifier.store import notifications
from notifier.store.source_batch import rows_of

_LIST: Final = (
    "SELECT contact_id, facts FROM told_invoices WHERE business_id = :business_id"
    " AND invoice_id = :invoice_id"
)
_UPSERT: Final = (
    "INSERT INTO told_invoices (business_id, invoice_id, contact_id, customer_id, facts)"
    " VALUES (:business_id, :invoice_id, :contact_id, :customer_id, CAST(:facts AS jsonb))"
    " ON CONFLICT (business_id, invoice_id, contact_id) DO UPDATE SET facts = excluded.facts"
)
_FORGET: Final = (
    "DELETE FROM told_invoices t"
    " USING jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, subject_id text)"
    " WHERE t.business_id = k.business_id AND t.invoice_id = k.subject_id"
)


class _Told(msgspec.Struct, frozen=True):
    contact_id: str
    facts: InvoiceFacts


async def list_told(tx: Transaction, invoice_id: str) -> Mapping[str, InvoiceFacts]:
    """The invoice as each contact was told of it last; absent: not at all."""
    return {row.contact_id: row.facts for row in await tx.all(_LIST, _Told, invoice_id=invoice_id)}


async def mark_told(
    tx: Transaction, customer_id: str, contact_id: str, invoice_id: str, facts: InvoiceFacts
) -> None:
    """Remember how it was when this contact was told of it."""
    told = json.dumps(msgspec.to_builtins(facts))
    await tx.run(_UPSERT, invoice_id=invoice_id, contact_id=contact_id, customer_id=customer_id, facts=told)


async def forget_told(tx: Transaction, invoices: Collection[SourceKey]) -> None:
    """Delete what was told of invoices that were erased."""
    if invoices:
        await tx.run(_FORGET, keys=rows_of(invoices))


async def list_refund_days(
    tx: Transaction, customer_id: str, invoice_id: str, zone: ZoneInfo
) -> frozenset[date]:
    """The days, in this zone, on which money of the invoice was given back by the portal."""
    payments = await notifications.list_payments(tx, customer_id, [invoice_id], "captured")
    return frozenset(
        refund.at.astimezone(zone).date()
        for payment in payments.values()
        for refund in payment.refunds
        if invoice_id in refund.invoice_ids
    )
