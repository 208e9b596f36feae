"""Receipts: the numbers of a business, and each paper that was made out, with the bytes that were handed out.

A row is only ever added; its bytes follow once. Both are encrypted, since a receipt names who paid.
"""

from collections.abc import Mapping, Sequence

import msgspec
from chassis.database import Transaction
from chassis.encryption import FieldCipher
from chassis.rotation import KeyedColumn
from papers.values import ReceiptPaper

_TAKE_NUMBER = (
    "INSERT INTO receipt_numbers AS n (business_id, last) VALUES (:business_id, 1)"
    " ON CONFLICT (business_id) DO UPDATE SET last = n.last + 1 RETURNING last"
)
_FIND = (
    "SELECT copy, rendition, paper, pdf FROM receipts WHERE business_id = :business_id"
    " AND payment_id = :payment_id ORDER BY copy DESC, rendition DESC LIMIT 1"
)
_ADD = (
    "INSERT INTO receipts (business_id, payment_id, copy, rendition, customer_id, paper) VALUES"
    " (:business_id, :payment_id, :copy, :rendition, :customer_id, :paper) ON CONFLICT DO NOTHING"
)
_KEEP_BYTES = (
    "UPDATE receipts SET pdf = :pdf WHERE business_id = :business_id AND payment_id = :payment_id"
    " AND copy = :copy AND rendition = :rendition AND pdf = ''"
)
_FORGET = (
    "DELETE FROM receipts AS r USING jsonb_to_recordset(CAST(:keys AS jsonb))"
    " AS k(business_id text, customer_id text)"
    " WHERE r.business_id = k.business_id AND r.customer_id = k.customer_id"
)
_CONTEXT = "'/' || business_id || '/' || payment_id || '/' || copy || '/' || rendition"
KEYED = tuple(
    KeyedColumn("FIELD_ENCRYPTION_KEYS", "receipts", column, f"'receipts.{column}' || {_CONTEXT}")
    for column in ("paper", "pdf")
)


class StoredReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was made out last of a payment; no `pdf` while nobody asked for it."""

    paper: ReceiptPaper
    rendition: int
    pdf: bytes


class _Row(msgspec.Struct, frozen=True):
    copy: int
    rendition: int
    paper: bytes
    pdf: bytes


async def take_number(tx: Transaction) -> str:
    """The next number of the business, R-000318. Others wait until the transaction that took it ends."""
    return f"R-{await tx.value(_TAKE_NUMBER, int):06}"


async def find_receipt(tx: Transaction, cipher: FieldCipher, payment_id: str) -> StoredReceipt | None:
    """The newest rendition of the newest copy."""
    row = await tx.one(_FIND, _Row, payment_id=payment_id)
    if row is None:
        return None
    names = {
        "business_id": tx.business_id,
        "payment_id": payment_id,
        "copy": row.copy,
        "rendition": row.rendition,
    }
    paper = cipher.decrypt(row.paper, context=_context("paper", names))
    return StoredReceipt(
        paper=msgspec.json.decode(paper, type=ReceiptPaper),
        rendition=row.rendition,
        pdf=row.pdf and cipher.decrypt(row.pdf, context=_context("pdf", names)),
    )


async def add_receipt(tx: Transaction, cipher: FieldCipher, paper: ReceiptPaper, rendition: int) -> None:
    """Store a copy that was made out, or another rendition of it."""
    names = _names(paper, rendition)
    sealed = cipher.encrypt(msgspec.json.encode(paper), context=_context("paper", names))
    await tx.run(_ADD, **names, customer_id=paper.payment.customer_id, paper=sealed)


async def keep_bytes(
    tx: Transaction, cipher: FieldCipher, paper: ReceiptPaper, rendition: int, pdf: bytes
) -> None:
    """Keep what is handed out, so that it is the same for ever."""
    names = _names(paper, rendition)
    await tx.run(_KEEP_BYTES, **names, pdf=cipher.encrypt(pdf, context=_context("pdf", names)))


async def forget_receipts(tx: Transaction, customers: Sequence[tuple[str, str]]) -> None:
    """Delete the receipts of these customers, as (business id, customer id); their numbers stay in events."""
    keys = [
        {"business_id": business_id, "customer_id": customer_id} for business_id, customer_id in customers
    ]
    await tx.run(_FORGET, keys=msgspec.json.encode(keys).decode())


def _names(paper: ReceiptPaper, rendition: int) -> dict[str, object]:
    payment = paper.payment
    return {
        "business_id": payment.business_id,
        "payment_id": payment.payment_id,
        "copy": paper.copy,
        "rendition": rendition,
    }


def _context(column: str, names: Mapping[str, object]) -> str:
    return f"receipts.{column}/{'/'.join(map(str, names.values()))}"
