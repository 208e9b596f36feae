"""Receipts and refund notes: the numbers of a business, and each paper that was made out, with its bytes.

A row is only ever added; its bytes follow once, when it is handed out. Both are encrypted: a paper
names who paid. The two kinds lie in tables of one shape.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

import msgspec
from chassis.database import Transaction
from chassis.encryption import FieldCipher
from chassis.rotation import KeyedColumn
from papers.values import ReceiptPaper, RefundPaper

P = TypeVar("P", ReceiptPaper, RefundPaper)

_TAKE_RECEIPT_NUMBER = (
    "INSERT INTO receipt_numbers AS n (business_id, last) VALUES (:business_id, 1)"
    " ON CONFLICT (business_id) DO UPDATE SET last = n.last + 1 RETURNING last"
)
_TAKE_NOTE_NUMBER = (
    "INSERT INTO refund_note_numbers AS n (business_id, prefix, last) VALUES (:business_id, :prefix, 1)"
    " ON CONFLICT (business_id, prefix) DO UPDATE SET last = n.last + 1 RETURNING last"
)


@dataclass(frozen=True, slots=True)
class PaperTable(Generic[P]):
    """A table of one kind of paper; `key` is the column that says what a paper is of."""

    name: str
    key: str
    kind: type[P]
    key_of: Callable[[P], str]

    @property
    def keyed(self) -> tuple[KeyedColumn, ...]:
        """Its columns that are encrypted."""
        context = f"'/' || business_id || '/' || {self.key} || '/' || copy || '/' || rendition"
        return tuple(
            KeyedColumn("FIELD_ENCRYPTION_KEYS", self.name, column, f"'{self.name}.{column}' || {context}")
            for column in ("paper", "pdf")
        )


RECEIPTS: Final = PaperTable("receipts", "payment_id", ReceiptPaper, lambda paper: paper.payment.payment_id)
REFUND_NOTES: Final = PaperTable("refund_notes", "refund_id", RefundPaper, lambda paper: paper.refund_id)
KEYED: Final = (*RECEIPTS.keyed, *REFUND_NOTES.keyed)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPaper(Generic[P]):
    """What was made out last; no `pdf` while nobody asked for it."""

    paper: P
    rendition: int
    pdf: bytes


class _Row(msgspec.Struct, frozen=True):
    copy: int
    rendition: int
    paper: bytes
    pdf: bytes


async def take_receipt_number(tx: Transaction) -> str:
    """The next number of the business, R-000318. Others wait until the transaction that took it ends."""
    return f"R-{await tx.value(_TAKE_RECEIPT_NUMBER, int):06}"


async def take_note_number(tx: Transaction, prefix: Literal["CN", "RF"]) -> str:
    """The next number of this range of the business, CN-000041. Others wait likewise."""
    return f"{prefix}-{await tx.value(_TAKE_NOTE_NUMBER, int, prefix=prefix):06}"


async def find_paper(
    tx: Transaction, cipher: FieldCipher, table: PaperTable[P], key: str
) -> StoredPaper[P] | None:
    """The newest rendition of the newest copy."""
    find = (
        f"SELECT copy, rendition, paper, pdf FROM {table.name} WHERE business_id = :business_id"  # noqa: S608  # ours
        f" AND {table.key} = :key ORDER BY copy DESC, rendition DESC LIMIT 1"
    )
    row = await tx.one(find, _Row, key=key)
    if row is None:
        return None
    names = _names(tx.business_id, key, row.copy, row.rendition)
    paper = cipher.decrypt(row.paper, context=_context(table.name, "paper", names))
    return StoredPaper(
        paper=msgspec.json.decode(paper, type=table.kind),
        rendition=row.rendition,
        pdf=row.pdf and cipher.decrypt(row.pdf, context=_context(table.name, "pdf", names)),
    )


async def add_paper(
    tx: Transaction, cipher: FieldCipher, table: PaperTable[P], paper: P, rendition: int
) -> None:
    """Store a copy that was made out, or another rendition of it."""
    add = (
        f"INSERT INTO {table.name} (business_id, {table.key}, copy, rendition, customer_id, paper) VALUES"  # noqa: S608  # ours
        " (:business_id, :key, :copy, :rendition, :customer_id, :paper) ON CONFLICT DO NOTHING"
    )
    names = _names(tx.business_id, table.key_of(paper), paper.copy, rendition)
    sealed = cipher.encrypt(msgspec.json.encode(paper), context=_context(table.name, "paper", names))
    await tx.run(add, **names, customer_id=paper.payment.customer_id, paper=sealed)


async def keep_bytes(
    tx: Transaction, cipher: FieldCipher, table: PaperTable[P], stored: StoredPaper[P], pdf: bytes
) -> None:
    """Keep what is handed out, so that it is the same for ever."""
    keep = (
        f"UPDATE {table.name} SET pdf = :pdf WHERE business_id = :business_id AND {table.key} = :key"  # noqa: S608  # ours
        " AND copy = :copy AND rendition = :rendition AND pdf = ''"
    )
    names = _names(tx.business_id, table.key_of(stored.paper), stored.paper.copy, stored.rendition)
    await tx.run(keep, **names, pdf=cipher.encrypt(pdf, context=_context(table.name, "pdf", names)))


async def forget_papers(tx: Transaction, customers: Sequence[tuple[str, str]]) -> None:
    """Delete the papers of these customers, as (business id, customer id); their numbers stay in events."""
    keys = [
        {"business_id": business_id, "customer_id": customer_id} for business_id, customer_id in customers
    ]
    for table in (RECEIPTS, REFUND_NOTES):
        forget = (
            f"DELETE FROM {table.name} AS p USING jsonb_to_recordset(CAST(:keys AS jsonb))"  # noqa: S608  # ours
            " AS k(business_id text, customer_id text)"
            " WHERE p.business_id = k.business_id AND p.customer_id = k.customer_id"
        )
        await tx.run(forget, keys=msgspec.json.encode(keys).decode())


def _names(business_id: str, key: str, copy: int, rendition: int) -> dict[str, object]:
    return {"business_id": business_id, "key": key, "copy": copy, "rendition": rendition}


def _context(table: str, column: str, names: Mapping[str, object]) -> str:
    return f"{table}.{column}/{'/'.join(map(str, names.values()))}"
