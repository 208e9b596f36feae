"""The deliveries table as a queue: added once, claimed for a while, ended once.

A claim pushes `due_at` ahead instead of holding a lock, so that nothing is locked while a provider is slow; a
worker that dies leaves its deliveries to be claimed again. An outcome names the attempt, which refuses a
latecomer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from chassis.database import Transaction
from chassis.rotation import KeyedColumn

from notifier.domain.delivery import CodeDelivery, Delivery, NotificationDelivery
from notifier.domain.kinds import KINDS
from notifier.domain.reports import KnownMessage, MessageReport, Status

D = TypeVar("D", CodeDelivery, NotificationDelivery)

CHANNEL: Final = "deliveries"
"""The NOTIFY channel that wakes the delivery queue."""

CLAIM_LASTS: Final = timedelta(seconds=45)
"""Longer than any sender may take, so that no second worker sends the same meanwhile."""

_OF_ONE_BUSINESS: Final = 4
_ADDRESSED = (
    "business_id, message_id, kind, channel, locale, caused_by, expires_at, requested_at, traceparent"
)
_OF_CODES = f"{_ADDRESSED}, content"
_OF_NOTIFICATIONS = (
    f"{_ADDRESSED}, customer_id, contact_id, aggregate, subject_id, subject_version, reversal_id, others,"
    " content"
)
# Every name in these statements is ours.
_ADD = "INSERT INTO deliveries ({0}, urgent, due_at) VALUES (:{1}, {2}, :requested_at) ON CONFLICT DO NOTHING"
_ADD_CODE = _ADD.format(_OF_CODES, _OF_CODES.replace(", ", ", :"), "true")
_ADD_NOTIFICATION = _ADD.format(_OF_NOTIFICATIONS, _OF_NOTIFICATIONS.replace(", ", ", :"), "false")
_ADD_DECLINED = _ADD_NOTIFICATION.replace(
    "urgent, due_at)", "urgent, due_at, status, error, ended_at)"
).replace("false, :requested_at)", "false, :requested_at, 'dropped', 'declined', :ended_at)")
_WAKE = f"SELECT pg_notify('{CHANNEL}', '')"
# Kinds that only a newer build beside this one knows are left to it.
_DUE = "status = 'due' AND urgent = :urgent AND due_at <= :now AND (urgent OR kind = ANY(:kinds))"
# A few of each business; first those with the fewest under way, then those whose turn is longest ago.
_CLAIM = (
    "WITH due AS ("  # noqa: S608  # ours
    " SELECT delivery.business_id, delivery.message_id FROM"
    " (SELECT DISTINCT business_id FROM deliveries"
    f"  WHERE {_DUE}) AS waiting"
    " LEFT JOIN jsonb_to_recordset(CAST(:shares AS jsonb))"
    "  AS s(business_id text, under_way integer, last_turn bigint) USING (business_id)"
    " CROSS JOIN LATERAL (SELECT business_id, message_id, due_at FROM deliveries"
    f"  WHERE business_id = waiting.business_id AND {_DUE}"
    "  ORDER BY due_at LIMIT :of_one FOR UPDATE SKIP LOCKED) AS delivery"
    " ORDER BY coalesce(s.under_way, 0)"
    "  + row_number() OVER (PARTITION BY delivery.business_id ORDER BY delivery.due_at),"
    "  coalesce(s.last_turn, 0), delivery.due_at LIMIT :limit)"
    " UPDATE deliveries AS d SET attempts = d.attempts + 1, due_at = :until FROM due"
    " WHERE d.business_id = due.business_id AND d.message_id = due.message_id RETURNING d.*"
)
_THIS_ATTEMPT = (
    " WHERE business_id = :business_id AND message_id = :message_id AND status = 'due'"
    " AND attempts = :attempts"
)
_MARK_ENDED = (
    "UPDATE deliveries SET status = :status, content = NULL, ended_at = :now,"  # noqa: S608  # ours
    " version = version + 1, provider_reference = :reference, error = :error,"
    " address_index = :address_index, sent_to = :sent_to"
    f"{_THIS_ATTEMPT} RETURNING *"
)
_MARK_POSTPONED = (
    "UPDATE deliveries SET due_at = :due_at, error = :error,"  # noqa: S608  # ours
    f" handed_over_at = CASE WHEN :taken_back THEN NULL ELSE handed_over_at END{_THIS_ATTEMPT}"
)
_MARK_HANDED_OVER = f"UPDATE deliveries SET handed_over_at = :now{_THIS_ATTEMPT}"  # noqa: S608  # ours
_LOCK_MESSAGE = "SELECT * FROM deliveries WHERE message_id = :message_id FOR UPDATE"
_MARK_REPORTED = (
    "UPDATE deliveries SET status = :status, version = :version, error = :error,"
    " provider_reference = :provider_reference"
    " WHERE business_id = :business_id AND message_id = :message_id"
)
_LIST_OUTCOMES = (
    "SELECT requested_at, kind, channel, contact_id, status, error FROM deliveries"
    " WHERE business_id = :business_id AND customer_id = :customer_id"
    " ORDER BY requested_at DESC, message_id LIMIT 200"
)
_FORGET = "DELETE FROM deliveries WHERE status <> 'due' AND ended_at < :before"

KEYED: Final = KeyedColumn(
    "FIELD_ENCRYPTION_KEYS", "deliveries", "content", "'deliveries/' || business_id || '/' || message_id"
)


class DeliveryOutcome(msgspec.Struct, frozen=True):
    """What became of a notification so far."""

    requested_at: datetime
    kind: str
    channel: str
    contact_id: str
    status: str
    error: str | None


Ending = Literal["sent", "failed", "dropped"]


class SentTo(NamedTuple):
    """Where a message went: blind indexes that find it, the current one first, and as its reader knows it."""

    indexes: Sequence[str]
    masked: str | None


class BusinessShare(msgspec.Struct, frozen=True):
    """How many deliveries of a business are under way, and when it had its last turn: a number that rises."""

    business_id: str
    under_way: int
    last_turn: int


async def add_codes(tx: Transaction, deliveries: Sequence[CodeDelivery]) -> None:
    """Store deliveries, each once however often it is added, and wake the queue."""
    await _add(tx, _ADD_CODE, deliveries)


async def add_notifications(tx: Transaction, deliveries: Sequence[NotificationDelivery]) -> None:
    """As `add_codes`."""
    await _add(tx, _ADD_NOTIFICATION, deliveries)


async def add_declined(tx: Transaction, deliveries: Sequence[NotificationDelivery], now: datetime) -> None:
    """Note what is not sent, since it was switched off: for an operator who is asked."""
    rows = [_row(delivery) | {"ended_at": now} for delivery in deliveries]
    await tx.run_each(_ADD_DECLINED, rows)


def _row(delivery: Delivery) -> dict[str, object]:
    row: dict[str, object] = msgspec.structs.asdict(delivery)
    if isinstance(delivery, NotificationDelivery):
        row["others"] = list(delivery.others)
    return row


async def _add(tx: Transaction, sql: str, deliveries: Sequence[Delivery]) -> None:
    if deliveries:
        await tx.run_each(sql, [_row(delivery) for delivery in deliveries])
        await tx.run(_WAKE)


async def claim_deliveries(
    tx: Transaction, kind: type[D], now: datetime, limit: int, shares: Sequence[BusinessShare] = ()
) -> list[D]:
    """Take up to `limit` deliveries that are due, for `CLAIM_LASTS`. Commit before working on them.

    `shares` says what businesses had from the caller lately, so that a flood of one delays no other.
    """
    return await tx.all(
        _CLAIM,
        kind,
        urgent=kind is CodeDelivery,
        now=now,
        until=now + CLAIM_LASTS,
        limit=limit,
        of_one=min(limit, _OF_ONE_BUSINESS),
        shares=msgspec.json.encode(shares).decode(),
        kinds=list(KINDS),
    )


async def mark_ended(
    tx: Transaction,
    delivery: Delivery,
    now: datetime,
    status: Ending,
    *,
    reference: str | None = None,
    error: str | None = None,
    sent_to: SentTo | None = None,
) -> KnownMessage | None:
    """Close a delivery and delete what it held; as it is now, None when another has claimed it since."""
    outcome = {"status": status, "now": now, "reference": reference, "error": error}
    where = {
        "address_index": sent_to.indexes[0] if sent_to else None,
        "sent_to": sent_to.masked if sent_to else None,
    }
    return await tx.one(_MARK_ENDED, KnownMessage, **_attempt(delivery), **outcome, **where)


async def mark_postponed(
    tx: Transaction, delivery: Delivery, due_at: datetime, error: str, *, taken_back: bool
) -> None:
    """Let a delivery be claimed again from `due_at` on. `taken_back`: its provider did not take it."""
    await tx.run(_MARK_POSTPONED, **_attempt(delivery), due_at=due_at, error=error, taken_back=taken_back)


async def mark_handed_over(tx: Transaction, delivery: Delivery, now: datetime) -> bool:
    """The provider is about to get it. False when another worker has claimed it since: it is that one's."""
    return bool(await tx.run(_MARK_HANDED_OVER, **_attempt(delivery), now=now))


async def lock_message(tx: Transaction, message_id: UUID) -> KnownMessage | None:
    """A message of any business, until this transaction ends; None once it is forgotten."""
    return await tx.one(_LOCK_MESSAGE, KnownMessage, message_id=message_id)


async def mark_reported(
    tx: Transaction, message: KnownMessage, status: Status, report: MessageReport
) -> KnownMessage:
    """What its provider reported of a message that is locked; as it is now."""
    changed = msgspec.structs.replace(
        message,
        version=message.version + 1,
        status=status,
        provider_reference=report.reference or message.provider_reference,
        error=report.error,
    )
    await tx.run(_MARK_REPORTED, **msgspec.structs.asdict(changed))
    return changed


async def list_outcomes(tx: Transaction, customer_id: str) -> list[DeliveryOutcome]:
    """What became of the notifications to a customer, the newest first."""
    return await tx.all(_LIST_OUTCOMES, DeliveryOutcome, customer_id=customer_id)


async def forget_ended(tx: Transaction, before: datetime) -> None:
    """Delete what ended before a time."""
    await tx.run(_FORGET, before=before)


def _attempt(delivery: Delivery) -> dict[str, object]:
    return {
        "business_id": delivery.business_id,
        "message_id": delivery.message_id,
        "attempts": delivery.attempts,
    }
