"""What messages tell about, notifications without recipients yet, and the positions of who reads them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
import structlog
from chassis.database import Transaction, upsert
from chassis.encryption import FieldCipher, Undecipherable
from chassis.kafka import TopicPartition
from chassis.rotation import KeyedColumn
from servicehub_events import LARGEST_SEQUENCE, PaymentStatus
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.facts import (
    FACTS,
    SEALED,
    Aggregate,
    AppointmentFacts,
    Facts,
    InvoiceFacts,
    NotificationSource,
)
from notifier.domain.kinds import KINDS, MessageKind
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
to who was told nothing else: it was no news. Of an answer `words` are what staff wrote, in a column that is
written by its own statement. All three are encrypted.
"""

_PLACE: Final = "'notification_sources/' || business_id || '/' || aggregate || '/' || subject_id || '/"
KEYED: Final = tuple(
    KeyedColumn("FIELD_ENCRYPTION_KEYS", "notification_sources", column, f"{_PLACE}{column}'")
    for column in ("texts", "known", "words")
)

_SOURCE = "business_id = :business_id AND aggregate = :aggregate AND subject_id = :subject_id"
# Every name in these statements is ours.
_MARK_NOTIFIED = (
    "UPDATE notification_sources SET notified_version = :version"  # noqa: S608  # ours
    f" WHERE {_SOURCE} AND notified_version < :version"
)
_FORGET_OLDER = (
    f"DELETE FROM pending_notifications WHERE {_SOURCE}"  # noqa: S608  # ours
    " AND subject_version < :version RETURNING kind, received_at"
)
_FORGET_KINDS = (
    f"DELETE FROM pending_notifications WHERE {_SOURCE}"  # noqa: S608  # ours
    " AND kind = ANY(:kinds) RETURNING kind, received_at"
)
_PENDING = ", ".join(PendingNotification.__struct_fields__)
_ADD = (
    f"INSERT INTO pending_notifications ({_PENDING}, due_at)"  # noqa: S608  # ours
    f" VALUES (:{_PENDING.replace(', ', ', :')}, :received_at)"
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
_FORGET = f"DELETE FROM pending_notifications WHERE {_THIS}"  # noqa: S608  # ours
_MARK_DUE = f"UPDATE pending_notifications SET due_at = :due_at WHERE {_THIS}"  # noqa: S608  # ours
_END_OF_HISTORY = "SELECT ended_at FROM history WHERE isfinite(ended_at)"
COLUMNS: Final = "subject_id, version, state AS facts, texts, known, notified_version, notices"
_FIND = f"SELECT {COLUMNS} FROM notification_sources WHERE {_SOURCE}"  # noqa: S608  # ours
_MARK_WORDS = f"UPDATE notification_sources SET words = :words WHERE {_SOURCE}"  # noqa: S608  # ours
_FORGET_SOURCE = f"DELETE FROM notification_sources WHERE {_SOURCE}"  # noqa: S608  # ours
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
_MARK_POSITIONS = (
    "INSERT INTO positions (consumer, topic, partition, next_offset, caught_up_at)"
    " SELECT :consumer, topic, partition, at, now()"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(topic text, partition integer, at bigint)"
    " ON CONFLICT (consumer, topic, partition) DO UPDATE"
    " SET next_offset = EXCLUDED.next_offset, caught_up_at = EXCLUDED.caught_up_at"
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


class SupersededNotification(msgspec.Struct, frozen=True):
    """A notification that a newer one took the place of, and since when it might have left."""

    kind: str
    received_at: datetime


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


async def upsert_source(
    tx: Transaction,
    source: NotificationSource,
    version: int,
    cipher: FieldCipher,
    known: VisitTold | None = None,
) -> bool:
    """Store the newest facts; whether these were newer. What is erased stays so, whatever comes later."""
    state = msgspec.to_builtins(source.facts)
    texts = None
    if isinstance(source.facts, AppointmentFacts):
        texts = {name: state.pop(name) for name in SEALED}

    def sealed(column: str, value: object) -> str | None:
        context = context_of(tx.business_id, source.aggregate, source.subject_id, column)
        return (
            None
            if value is None
            else "\\x" + cipher.encrypt(msgspec.json.encode(value), context=context).hex()
        )

    row: upsert.Row = {
        "business_id": tx.business_id,
        "aggregate": source.aggregate,
        "subject_id": source.subject_id,
        "version": version if source.facts else LARGEST_SEQUENCE,
        "customer_id": source.customer_id,
        "state": state,
        "texts": sealed("texts", texts),
        "known": sealed("known", known),
    }
    return bool(await upsert.put(tx, SOURCES, [row]))


def context_of(business_id: str, aggregate: Aggregate, subject_id: str, column: str) -> str:
    """What a column of a source is encrypted for."""
    return f"notification_sources/{business_id}/{aggregate}/{subject_id}/{column}"


async def find_end_of_history(tx: Transaction) -> datetime | None:
    """What happened before it is told to nobody; None where all of it is told."""
    return await tx.value(_END_OF_HISTORY, datetime)


async def forget_older(
    tx: Transaction, source: NotificationSource, version: int
) -> Sequence[SupersededNotification]:
    """From now on older messages about a source are not sent. Gives those that waited."""
    await mark_notified(tx, source, version)
    names = {"aggregate": source.aggregate, "subject_id": source.subject_id, "version": version}
    return await tx.all(_FORGET_OLDER, SupersededNotification, **names)


async def forget_kinds(
    tx: Transaction, source: NotificationSource, kinds: Sequence[MessageKind]
) -> Sequence[SupersededNotification]:
    """Delete notifications of these kinds that wait, about a source. Gives those."""
    names = {"aggregate": source.aggregate, "subject_id": source.subject_id, "kinds": list(kinds)}
    return await tx.all(_FORGET_KINDS, SupersededNotification, **names)


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


async def mark_words(tx: Transaction, request_id: str, words: bytes | None) -> None:
    """Store what staff wrote in the answer to a request, encrypted."""
    await tx.run(_MARK_WORDS, aggregate="answer", subject_id=request_id, words=words)


async def forget_answer(tx: Transaction, request_id: str) -> None:
    """Delete the answer to a request that was erased."""
    await tx.run(_FORGET_SOURCE, aggregate="answer", subject_id=request_id)


async def find_words(tx: Transaction, request_id: str) -> bytes | None:
    """What staff wrote in the answer to a request, encrypted; None for nothing."""
    return await tx.value(_FIND_WORDS, bytes, aggregate="answer", subject_id=request_id)


async def mark_notified(tx: Transaction, source: NotificationSource, version: int) -> None:
    """From now on no message about an older version of a source is sent, but of a kind that stands alone."""
    names = {"aggregate": source.aggregate, "subject_id": source.subject_id, "version": version}
    await tx.run(_MARK_NOTIFIED, **names)


async def add_pending(tx: Transaction, pending: PendingNotification) -> None:
    """Store a notification, once however often it is added."""
    await tx.run(_ADD, **msgspec.structs.asdict(pending))


async def lock_due(tx: Transaction, now: datetime, limit: int, of_one: int) -> Sequence[PendingNotification]:
    """Lock up to `limit` notifications that are due, at most `of_one` of a business. Others skip them."""
    return await tx.all(
        _LOCK_DUE, PendingNotification, now=now, limit=limit, of_one=of_one, kinds=list(KINDS)
    )


async def forget_pending(tx: Transaction, pending: PendingNotification) -> None:
    """Delete a notification: it became deliveries, or nothing."""
    await tx.run(_FORGET, **_this(pending))


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


async def mark_positions(tx: Transaction, consumer: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Every record of these partitions before these offsets is dealt with: for lag lists and restores.

    Where the lane goes on from is Kafka's own offset.
    """
    if offsets:
        rows = [{"topic": tp.topic, "partition": tp.partition, "at": at} for tp, at in offsets.items()]
        await tx.run(_MARK_POSITIONS, consumer=consumer, rows=json.dumps(rows))
