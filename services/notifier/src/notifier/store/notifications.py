"""What messages tell about, notifications without recipients yet, and the positions of who reads them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from chassis.database import Transaction, upsert
from chassis.kafka import TopicPartition
from chassis.rotation import KeyedColumn
from servicehub_events import LARGEST_SEQUENCE, PaymentStatus
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from notifier.domain.facts import FACTS, Aggregate, Facts, InvoiceFacts, NotificationSource
from notifier.domain.kinds import KINDS, MessageKind
from notifier.domain.notifications import PendingNotification
from notifier.domain.payment_facts import PaymentFacts

SOURCES: Final = Table(
    "notification_sources",
    MetaData(),
    Column("business_id", Text, primary_key=True),
    Column("aggregate", Text, primary_key=True),
    Column("subject_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("state", JSONB),
    Column("notified_version", BigInteger, nullable=False, server_default=text("0")),
    Column("notices", ARRAY(Text), nullable=False, server_default=text("'{}'")),
)
"""`state` holds the facts, null once erased; `notices` what was told of payments and of credit notes."""

KEYED: Final = KeyedColumn(
    "FIELD_ENCRYPTION_KEYS",
    "notification_sources",
    "words",
    "'notification_sources/' || business_id || '/' || subject_id",
)
"""What staff wrote in an answer, for a row of that aggregate alone."""

_SOURCE = "business_id = :business_id AND aggregate = :aggregate AND subject_id = :subject_id"
# Every name in these statements is ours.
_MARK_NOTIFIED = (
    "UPDATE notification_sources SET notified_version = :version"  # noqa: S608  # ours
    f" WHERE {_SOURCE} AND notified_version < :version"
)
_FORGET_OLDER = (
    f"DELETE FROM pending_notifications WHERE {_SOURCE}"  # noqa: S608  # ours
    " AND subject_version < :version RETURNING kind"
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
_FIND = f"SELECT state AS facts, notified_version, notices FROM notification_sources WHERE {_SOURCE}"  # noqa: S608  # ours
_MARK_WORDS = f"UPDATE notification_sources SET words = :words WHERE {_SOURCE}"  # noqa: S608  # ours
_FORGET_SOURCE = f"DELETE FROM notification_sources WHERE {_SOURCE}"  # noqa: S608  # ours
_FIND_WORDS = f"SELECT words FROM notification_sources WHERE {_SOURCE}"  # noqa: S608  # ours
_LIST_INVOICES = (
    "SELECT subject_id, state AS facts FROM notification_sources WHERE business_id = :business_id"
    " AND aggregate = 'invoice' AND subject_id = ANY(:ids)"
)
_LIST_PAYMENTS = (
    "SELECT subject_id, state AS facts FROM notification_sources WHERE business_id = :business_id"
    " AND aggregate = 'payment' AND customer_id = :customer_id AND state ->> 'status' = ANY(:statuses)"
    " AND EXISTS"
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
    `notices` of it.
    """

    facts: Facts | None
    notified_version: int
    notices: tuple[str, ...]


class SupersededNotification(msgspec.Struct, frozen=True):
    """A notification that a newer one took the place of, and since when it might have left."""

    kind: str
    received_at: datetime


class _Source(msgspec.Struct, frozen=True):
    facts: dict[str, object] | None
    notified_version: int
    notices: tuple[str, ...]


class _Invoice(msgspec.Struct, frozen=True):
    subject_id: str
    facts: InvoiceFacts | None


class _Payment(msgspec.Struct, frozen=True):
    subject_id: str
    facts: PaymentFacts


async def upsert_source(tx: Transaction, source: NotificationSource, version: int) -> bool:
    """Store the newest facts; whether these were newer. What is erased stays so, whatever comes later."""
    row: upsert.Row = {
        "business_id": tx.business_id,
        "aggregate": source.aggregate,
        "subject_id": source.subject_id,
        "version": version if source.facts else LARGEST_SEQUENCE,
        "customer_id": source.customer_id,
        "state": msgspec.to_builtins(source.facts),
    }
    return bool(await upsert.put(tx, SOURCES, [row]))


async def forget_older(tx: Transaction, source: NotificationSource, version: int) -> Sequence[str]:
    """From now on older messages about a source are not sent. Gives the kinds of those that waited."""
    names = {"aggregate": source.aggregate, "subject_id": source.subject_id, "version": version}
    await tx.run(_MARK_NOTIFIED, **names)
    return [row["kind"] for row in await tx.all(_FORGET_OLDER, dict[str, str], **names)]


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


async def find_source(tx: Transaction, aggregate: Aggregate, subject_id: str) -> KnownSource | None:
    """An aggregate as it is now; None while nothing is known of it."""
    row = await tx.one(_FIND, _Source, aggregate=aggregate, subject_id=subject_id)
    if row is None:
        return None
    facts = None if row.facts is None else msgspec.convert(row.facts, FACTS[aggregate])
    return KnownSource(facts=facts, notified_version=row.notified_version, notices=row.notices)


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
    """A customer's payments of these statuses that are for any of the invoices, by id."""
    ids = list(invoice_ids)
    rows = await tx.all(
        _LIST_PAYMENTS, _Payment, customer_id=customer_id, invoice_ids=ids, statuses=list(statuses)
    )
    return {row.subject_id: row.facts for row in rows}


async def mark_positions(tx: Transaction, consumer: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Every record of these partitions before these offsets is dealt with: for lag lists and restores.

    Where the lane goes on from is Kafka's own offset.
    """
    if offsets:
        rows = [{"topic": tp.topic, "partition": tp.partition, "at": at} for tp, at in offsets.items()]
        await tx.run(_MARK_POSITIONS, consumer=consumer, rows=json.dumps(rows))
