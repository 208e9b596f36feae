"""What messages tell about, and notifications without recipients yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
import structlog
from chassis.database import Transaction, upsert
from chassis.encryption import FieldCipher, Undecipherable
from chassis.rotation import KeyedColumn
from servicehub_events import PaymentStatus
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.facts import (
    FACTS,
    Aggregate,
    Facts,
    InvoiceFacts,
)
from notifier.domain.kinds import KINDS
from notifier.domain.notifications import PendingNotification
from notifier.domain.payment_facts import PaymentFacts
from notifier.domain.visit_news import VisitTold

log = structlog.get_logger(__name__)

SOURCES: Final = Table(
    "notification_sources",
    MetaData(),
    Column("business_id", Text, primary_key=True),
    Column("aggregate", Text, primary_key=True),
    Column("subject_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("state", JSONB),
    Column("texts", LargeBinary),
    Column("known", LargeBinary),
    Column("words", LargeBinary),
    Column("notified_version", BigInteger, nullable=False, server_default=text("0")),
    Column("notices", ARRAY(Text), nullable=False, server_default=text("'{}'")),
)
"""`state` holds the facts, null once erased; `notices` what was told of payments and of credit notes.

Of an appointment `texts` are those of its facts that are `SEALED`, and `known` is what counts as told of it
to who was told nothing else: it was no news. Of an answer `words` are what staff wrote. All three are
encrypted.
"""

_PLACE: Final = "'notification_sources/' || business_id || '/' || aggregate || '/' || subject_id || '/"
KEYED: Final = tuple(
    KeyedColumn("FIELD_ENCRYPTION_KEYS", "notification_sources", column, f"{_PLACE}{column}'")
    for column in ("texts", "known", "words")
)

_SOURCE = "business_id = :business_id AND aggregate = :aggregate AND subject_id = :subject_id"
# Every name in these statements is ours.
_PENDING = ", ".join(PendingNotification.__struct_fields__)
_ADD = (
    f"INSERT INTO pending_notifications ({_PENDING}, due_at) SELECT {_PENDING}, received_at"  # noqa: S608  # ours
    " FROM jsonb_populate_recordset(NULL::pending_notifications, CAST(:rows AS jsonb))"
    " ON CONFLICT DO NOTHING"
)
# A few of each business at a time: one business's import delays no other's message. Kinds that only a newer
# build beside this one knows are left to it.
_DUE = "due_at <= :now AND kind = ANY(:kinds)"
_LOCK_DUE = (
    f"SELECT n.* FROM (SELECT DISTINCT business_id FROM pending_notifications WHERE {_DUE}) AS waiting"  # noqa: S608  # ours
    " CROSS JOIN LATERAL (SELECT * FROM pending_notifications WHERE business_id = waiting.business_id"
    f" AND {_DUE} ORDER BY due_at LIMIT :of_one FOR UPDATE SKIP LOCKED) AS n"
    " ORDER BY n.due_at LIMIT :limit"
)
_THIS = "business_id = :business_id AND event_id = :event_id AND kind = :kind AND reversal_id = :reversal_id"
_LOCK_OF_SOURCES = (
    "SELECT p.* FROM jsonb_to_recordset(CAST(:keys AS jsonb))"
    "  AS k(business_id text, aggregate text, subject_id text)"
    " JOIN pending_notifications p USING (business_id, aggregate, subject_id) WHERE p.kind = ANY(:kinds)"
    " ORDER BY p.business_id, p.event_id, p.kind, p.reversal_id FOR UPDATE OF p"
)
_FORGET = (
    "DELETE FROM pending_notifications p USING"
    " jsonb_populate_recordset(NULL::pending_notifications, CAST(:rows AS jsonb)) AS k"
    " WHERE p.business_id = k.business_id AND p.event_id = k.event_id AND p.kind = k.kind"
    " AND p.reversal_id = k.reversal_id"
)
_MARK_DUE = f"UPDATE pending_notifications SET due_at = :due_at WHERE {_THIS}"  # noqa: S608  # ours
_END_OF_HISTORY = "SELECT ended_at FROM history WHERE isfinite(ended_at)"
COLUMNS: Final = "subject_id, version, state AS facts, texts, known, notified_version, notices"
_FIND = f"SELECT {COLUMNS} FROM notification_sources WHERE {_SOURCE}"  # noqa: S608  # ours
_FIND_WORDS = f"SELECT words FROM notification_sources WHERE {_SOURCE}"  # noqa: S608  # ours
_LIST_INVOICES = (
    "SELECT subject_id, state AS facts FROM notification_sources WHERE business_id = :business_id"
    " AND aggregate = 'invoice' AND subject_id = ANY(:ids)"
)
_LIST_PAYMENTS = (
    "SELECT subject_id, state AS facts FROM notification_sources WHERE business_id = :business_id"
    " AND aggregate = 'payment' AND customer_id = :customer_id AND state IS NOT NULL"
    " AND (:every_status OR state ->> 'status' = ANY(:statuses)) AND EXISTS"
    " (SELECT FROM jsonb_array_elements_text(state -> 'invoice_ids') AS id WHERE id = ANY(:invoice_ids))"
)
_ADD_NOTICE = (
    f"UPDATE notification_sources SET notices = array_append(notices, :key) WHERE {_SOURCE}"  # noqa: S608  # ours
    " AND NOT :key = ANY(notices) RETURNING true"
)


class KnownSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it is now, None once it was erased, the version of its newest notification, and the
    `notices` of it. `known` is what counts as told of an appointment. One is not `is_sealed` if its row is
    from before texts were.
    """

    facts: Facts | None
    notified_version: int
    notices: tuple[str, ...]
    version: int = 0
    known: VisitTold | None = None
    is_sealed: bool = True


class StoredSource(msgspec.Struct, frozen=True):
    """The row of a source."""

    subject_id: str
    version: int
    facts: dict[str, object] | None
    texts: bytes | None
    known: bytes | None
    notified_version: int
    notices: tuple[str, ...]


class _Invoice(msgspec.Struct, frozen=True):
    subject_id: str
    facts: InvoiceFacts | None


class _Payment(msgspec.Struct, frozen=True):
    subject_id: str
    facts: PaymentFacts


def context_of(business_id: str, aggregate: Aggregate, subject_id: str, column: str) -> str:
    """What a column of a source is encrypted for."""
    return f"notification_sources/{business_id}/{aggregate}/{subject_id}/{column}"


async def find_end_of_history(tx: Transaction) -> datetime | None:
    """What happened before it is told to nobody; None where all of it is told."""
    return await tx.value(_END_OF_HISTORY, datetime)


async def add_access(
    tx: Transaction, customers: Mapping[tuple[str, str], Sequence[str]]
) -> set[tuple[str, str]]:
    """Remember for ever, until they are erased, that these contacts can sign in: contact ids by business and
    customer. Gives those of whom it was not known: business and contact.
    """
    rows: list[upsert.Row] = [
        {
            "business_id": business_id,
            "aggregate": "access",
            "subject_id": contact_id,
            "version": 1,
            "customer_id": customer_id,
            "state": {"contact_id": contact_id},
        }
        for (business_id, customer_id), contact_ids in customers.items()
        for contact_id in contact_ids
    ]
    written = await upsert.put(tx, SOURCES, rows)
    return {(str(business_id), str(contact_id)) for business_id, _, contact_id in written}


async def find_words(tx: Transaction, request_id: str) -> bytes | None:
    """What staff wrote in the answer to a request, encrypted; None for nothing."""
    return await tx.value(_FIND_WORDS, bytes, aggregate="answer", subject_id=request_id)


async def add_pending(tx: Transaction, pending: Sequence[PendingNotification]) -> None:
    """Store notifications, each once however often it is added."""
    if pending:
        await tx.run(_ADD, rows=msgspec.json.encode(pending).decode())


async def lock_pending_of(tx: Transaction, sources: str) -> Sequence[PendingNotification]:
    """Lock what waits about sources, whose keys are JSON; waits for who settles some of it."""
    return await tx.all(_LOCK_OF_SOURCES, PendingNotification, keys=sources, kinds=list(KINDS))


async def lock_due(tx: Transaction, now: datetime, limit: int, of_one: int) -> Sequence[PendingNotification]:
    """Lock up to `limit` notifications that are due, at most `of_one` of a business. Others skip them."""
    return await tx.all(
        _LOCK_DUE, PendingNotification, now=now, limit=limit, of_one=of_one, kinds=list(KINDS)
    )


async def forget_pending(tx: Transaction, pending: Sequence[PendingNotification]) -> None:
    """Delete notifications: they became deliveries, or nothing."""
    if pending:
        await tx.run(_FORGET, rows=msgspec.json.encode(pending).decode())


async def mark_due(tx: Transaction, pending: PendingNotification, due_at: datetime) -> None:
    """Let it wait."""
    await tx.run(_MARK_DUE, **_this(pending), due_at=due_at)


def _this(pending: PendingNotification) -> dict[str, object]:
    return {"event_id": pending.event_id, "kind": pending.kind, "reversal_id": pending.reversal_id}


async def find_source(
    tx: Transaction, aggregate: Aggregate, subject_id: str, cipher: FieldCipher | None = None
) -> KnownSource | None:
    """An aggregate as it is now; None while nothing is known of it. Without a cipher it has no texts."""
    row = await tx.one(_FIND, StoredSource, aggregate=aggregate, subject_id=subject_id)
    return None if row is None else opened(row, aggregate, tx.business_id, cipher)


def opened(
    row: StoredSource, aggregate: Aggregate, business_id: str, cipher: FieldCipher | None
) -> KnownSource:
    """What a row says."""

    def plain(column: str, stored: bytes | None) -> bytes | None:
        if stored is None or cipher is None:
            return None
        try:
            return cipher.decrypt(stored, context=context_of(business_id, aggregate, row.subject_id, column))
        except Undecipherable:  # its key was retired too early: told without them
            log.error("facts.undecipherable", business_id=business_id, subject_id=row.subject_id)
            return None

    texts, known = plain("texts", row.texts), plain("known", row.known)
    state = row.facts
    if state is not None and texts:
        state = state | msgspec.json.decode(texts, type=dict[str, object])
    return KnownSource(
        facts=None if state is None else msgspec.convert(state, FACTS[aggregate]),
        notified_version=row.notified_version,
        notices=row.notices,
        version=row.version,
        known=msgspec.json.decode(known, type=VisitTold) if known else None,
        is_sealed=row.texts is not None,
    )


async def add_notice(tx: Transaction, aggregate: Aggregate, subject_id: str, key: str) -> bool:
    """Remember that something was told of a source; False when it had been, or is being."""
    marked = await tx.value(_ADD_NOTICE, bool, aggregate=aggregate, subject_id=subject_id, key=key)
    return marked is not None


async def list_invoices(tx: Transaction, ids: Sequence[str]) -> Mapping[str, InvoiceFacts | None]:
    """Those of the invoices that are known, by id; None for one that was erased."""
    rows = await tx.all(_LIST_INVOICES, _Invoice, ids=list(ids))
    return {row.subject_id: row.facts for row in rows}


async def list_payments(
    tx: Transaction, customer_id: str, invoice_ids: Sequence[str], *statuses: PaymentStatus
) -> Mapping[str, PaymentFacts]:
    """A customer's payments that are for any of the invoices, by id: of these statuses, or of all."""
    names = {"customer_id": customer_id, "invoice_ids": list(invoice_ids), "statuses": list(statuses)}
    rows = await tx.all(_LIST_PAYMENTS, _Payment, **names, every_status=not statuses)
    return {row.subject_id: row.facts for row in rows}


async def find_autopay(tx: Transaction, customer_id: str) -> AutopayFacts | None:
    """A customer's autopay, on or off; None where it was never on."""
    source = await find_source(tx, "autopay", customer_id)
    return source.facts if source and isinstance(source.facts, AutopayFacts) else None
