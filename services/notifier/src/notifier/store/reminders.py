"""Reminders by the moment at which they are due."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from chassis.database import Transaction
from chassis.encryption import FieldCipher

from notifier.domain.facts import Aggregate, Facts, SourceKey
from notifier.domain.kinds import REMINDERS, MessageKind
from notifier.domain.reminders import PlannedReminder, PlannedReminders, ReminderKey
from notifier.store.notifications import COLUMNS, StoredSource, opened
from notifier.store.source_batch import KEYS, rows_of

_SUBJECT: Final = "business_id = :business_id AND aggregate = :aggregate AND subject_id = :subject_id"
_PLANNED: Final = ", ".join(PlannedReminder.__struct_fields__)
_ROWS: Final = "jsonb_populate_recordset(NULL::reminders, CAST(:rows AS jsonb)) AS k"
_LOCK_OF_SOURCES: Final = (
    f"SELECT {_PLANNED} FROM {KEYS} JOIN reminders r USING (business_id, aggregate, subject_id)"  # noqa: S608  # ours
    " WHERE r.kind = ANY(:kinds)"
    " ORDER BY business_id, aggregate, subject_id, kind, step, occasion FOR UPDATE OF r"
)
_FORGET: Final = (
    f"DELETE FROM reminders r USING {_ROWS} WHERE r.business_id = k.business_id"  # noqa: S608  # ours
    " AND r.aggregate = k.aggregate AND r.subject_id = k.subject_id AND r.kind = k.kind AND r.step = k.step"
    " AND r.occasion = k.occasion"
)
_PUT: Final = (
    f"INSERT INTO reminders ({_PLANNED}) SELECT {_PLANNED} FROM {_ROWS}"  # noqa: S608  # ours
    " ON CONFLICT (business_id, aggregate, subject_id, kind, step, occasion) DO UPDATE"
    " SET day = EXCLUDED.day, due_at = EXCLUDED.due_at, expires_at = EXCLUDED.expires_at"
    " WHERE reminders.outcome IS NULL"
)
_FORGET_SOURCES: Final = (
    f"DELETE FROM reminders r USING {KEYS} WHERE r.business_id = k.business_id"  # noqa: S608  # ours
    " AND r.aggregate = k.aggregate AND r.subject_id = k.subject_id"
)
_DUE: Final = "outcome IS NULL AND due_at <= :now AND kind = ANY(:kinds)"

# A few customers of each business, in no order: the thousands of some businesses delay no other's reminder.
_LIST_DUE: Final = (
    "SELECT waiting.business_id, r.customer_id FROM"  # noqa: S608  # ours
    f" (SELECT DISTINCT business_id FROM reminders WHERE {_DUE}) AS waiting"
    " CROSS JOIN LATERAL (SELECT DISTINCT customer_id FROM (SELECT customer_id FROM reminders"
    f" WHERE business_id = waiting.business_id AND {_DUE} ORDER BY due_at LIMIT :of_one) AS first) AS r"
    " ORDER BY random() LIMIT :limit"
)
_TRY_HOLD: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"
_OF_CUSTOMER: Final = "business_id = :business_id AND customer_id = :customer_id AND kind = ANY(:kinds)"
_LOCK_DUE: Final = (
    f"SELECT {_PLANNED} FROM reminders WHERE {_OF_CUSTOMER} AND outcome IS NULL AND due_at <= :now"  # noqa: S608  # ours
    " ORDER BY due_at, subject_id, step DESC LIMIT :limit FOR UPDATE"
)
_LOCK_TOGETHER: Final = (
    f"SELECT {_PLANNED} FROM reminders WHERE {_OF_CUSTOMER} AND outcome IS NULL AND kind = :kind"  # noqa: S608  # ours
    " AND step = :step AND day BETWEEN :first AND :last ORDER BY due_at, subject_id LIMIT :limit FOR UPDATE"
)
_THIS: Final = f"{_SUBJECT} AND kind = :kind AND step = :step AND occasion = :occasion"
_MARK_TOLD: Final = (
    "UPDATE reminders SET outcome = 'told', told_as = :told_as, asked = :asked"  # noqa: S608  # ours
    f" WHERE {_THIS}"
)
_MARK_DROPPED: Final = f"UPDATE reminders SET outcome = 'dropped' WHERE {_THIS}"  # noqa: S608  # ours
_MARK_DUE: Final = f"UPDATE reminders SET due_at = :due_at, waits_since = :waits_since WHERE {_THIS}"  # noqa: S608  # ours
_LIST_TOLD: Final = (
    f"SELECT {_PLANNED} FROM reminders WHERE {_OF_CUSTOMER} AND told_as = :told_as"  # noqa: S608  # ours
    " ORDER BY occasion, subject_id"
)
_LIST_TOLD_BEFORE: Final = (
    f"SELECT {_PLANNED} FROM reminders WHERE {_SUBJECT} AND kind = :kind AND occasion = :occasion"  # noqa: S608  # ours
    " AND outcome = 'told'"
)
_LIST_TOLD_LATELY: Final = (
    "SELECT DISTINCT subject_id, contact_id FROM deliveries WHERE business_id = :business_id"
    " AND customer_id = :customer_id AND aggregate = :aggregate AND subject_id = ANY(:ids)"
    " AND kind = ANY(:kinds) AND (status = 'due' OR status = 'sent' AND ended_at > :since)"
)
_LIST_SOURCES: Final = (
    f"SELECT {COLUMNS} FROM notification_sources WHERE business_id = :business_id"  # noqa: S608  # ours
    " AND aggregate = :aggregate AND subject_id = ANY(:ids) AND state IS NOT NULL"
)
_FORGET_OVER: Final = (
    "DELETE FROM reminders WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM reminders WHERE expires_at < :before ORDER BY expires_at LIMIT 1000))"
)

_AT_ONCE: Final = 200
"""How many reminders of one customer are looked at in a transaction."""


class CustomerDue(msgspec.Struct, frozen=True):
    """A customer with reminders that are due."""

    business_id: str
    customer_id: str


class _Told(msgspec.Struct, frozen=True):
    subject_id: str
    contact_id: str


async def lock_planned(
    tx: Transaction, sources: Collection[SourceKey]
) -> Mapping[SourceKey, PlannedReminders]:
    """What is planned of visits and invoices, told or not, locked; absent: nothing."""
    rows = await tx.all(_LOCK_OF_SOURCES, PlannedReminder, keys=rows_of(sources), kinds=list(REMINDERS))
    planned = defaultdict[SourceKey, dict[ReminderKey, PlannedReminder]](dict)
    for row in rows:
        planned[row.source_key][row.key] = row
    return planned


async def put_reminders(tx: Transaction, reminders: Sequence[PlannedReminder]) -> None:
    """Store what is planned, instead of what was; what was told stays."""
    if reminders:
        await tx.run(_PUT, rows=msgspec.json.encode(reminders).decode())


async def forget_reminders(tx: Transaction, reminders: Sequence[PlannedReminder]) -> None:
    """Delete what is not planned any more, and is locked."""
    if reminders:
        await tx.run(_FORGET, rows=msgspec.json.encode(reminders).decode())


async def forget_reminders_of(tx: Transaction, sources: Collection[SourceKey]) -> None:
    """Delete those of what was erased."""
    if sources:
        await tx.run(_FORGET_SOURCES, keys=rows_of(sources))


async def list_due_customers(
    tx: Transaction, now: datetime, limit: int, of_one: int
) -> Sequence[CustomerDue]:
    """Whose reminders are due: up to `limit` customers, and few of each business. Nothing is locked."""
    return await tx.all(_LIST_DUE, CustomerDue, now=now, limit=limit, of_one=of_one, kinds=list(REMINDERS))


async def try_hold_customer(tx: Transaction, customer_id: str) -> bool:
    """Be the only one to remind a customer until this transaction ends; False when somebody else is."""
    held = await tx.value(_TRY_HOLD, bool, name=f"reminders/{tx.business_id}/{customer_id}")
    return held is True


async def lock_due(tx: Transaction, customer_id: str, now: datetime) -> Sequence[PlannedReminder]:
    """Lock a customer's reminders that are due, the first ones first."""
    names = {"customer_id": customer_id, "kinds": list(REMINDERS), "limit": _AT_ONCE}
    return await tx.all(_LOCK_DUE, PlannedReminder, **names, now=now)


async def lock_together(
    tx: Transaction, reminder: PlannedReminder, first: date, last: date
) -> Sequence[PlannedReminder]:
    """Lock the untold ones like it of its customer whose day is one of these, itself too, those due first."""
    names = {"customer_id": reminder.customer_id, "kinds": list(REMINDERS), "limit": _AT_ONCE}
    like = {"kind": reminder.kind, "step": reminder.step, "first": first, "last": last}
    return await tx.all(_LOCK_TOGETHER, PlannedReminder, **names, **like)


async def mark_told(tx: Transaction, reminder: PlannedReminder, told_as: str, asked: int | None) -> None:
    """It is told by the message that this names; `asked` is what is still to pay."""
    await tx.run(_MARK_TOLD, **_this(reminder), told_as=told_as, asked=asked)


async def mark_dropped(tx: Transaction, reminder: PlannedReminder) -> None:
    """It is not told any more."""
    await tx.run(_MARK_DROPPED, **_this(reminder))


async def mark_due(tx: Transaction, reminder: PlannedReminder, due_at: datetime) -> None:
    """Let it wait; `waits_since` is kept as it has it."""
    await tx.run(_MARK_DUE, **_this(reminder), due_at=due_at, waits_since=reminder.waits_since)


async def list_told(tx: Transaction, customer_id: str, told_as: str) -> Sequence[PlannedReminder]:
    """What one message tells, by time."""
    names = {"customer_id": customer_id, "kinds": list(REMINDERS)}
    return await tx.all(_LIST_TOLD, PlannedReminder, **names, told_as=told_as)


async def list_told_before(tx: Transaction, reminder: PlannedReminder) -> Sequence[PlannedReminder]:
    """What was told already of the same visit at the same time, or of the same due day."""
    names = {"aggregate": reminder.aggregate, "subject_id": reminder.subject_id}
    of = {"kind": reminder.kind, "occasion": reminder.occasion}
    return await tx.all(_LIST_TOLD_BEFORE, PlannedReminder, **names, **of)


async def list_told_lately(
    tx: Transaction,
    reminder: PlannedReminder,
    ids: Sequence[str],
    kinds: Sequence[MessageKind],
    since: datetime,
) -> Mapping[str, set[str]]:
    """Which contacts were sent one of these kinds since then, or are being, by visit or invoice."""
    names = {"customer_id": reminder.customer_id, "aggregate": reminder.aggregate, "ids": list(ids)}
    told: dict[str, set[str]] = {}
    for row in await tx.all(_LIST_TOLD_LATELY, _Told, **names, kinds=list(kinds), since=since):
        told.setdefault(row.subject_id, set()).add(row.contact_id)
    return told


async def list_facts(
    tx: Transaction, aggregate: Aggregate, ids: Sequence[str], cipher: FieldCipher | None = None
) -> Mapping[str, Facts]:
    """The visits or invoices of these ids that are known and not erased. Without a cipher no texts."""
    rows = await tx.all(_LIST_SOURCES, StoredSource, aggregate=aggregate, ids=list(ids))
    found = {row.subject_id: opened(row, aggregate, tx.business_id, cipher).facts for row in rows}
    return {id_: facts for id_, facts in found.items() if facts}


async def forget_over(tx: Transaction, before: datetime) -> int:
    """Delete some of those that could be told until before a time; how many."""
    return await tx.run(_FORGET_OVER, before=before)


def _this(reminder: PlannedReminder) -> dict[str, object]:
    return {
        "aggregate": reminder.aggregate,
        "subject_id": reminder.subject_id,
        "kind": reminder.kind,
        "step": reminder.step,
        "occasion": reminder.occasion,
    }
