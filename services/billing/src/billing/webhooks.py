"""Raw notices of the processor: stored before they are answered, handled later, each once.

The web process only adds to the table; the worker takes rows from it for a while, like jobs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from chassis.encryption import FieldCipher
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.ports import Notice

CHANNEL = "webhooks"
"""The NOTIFY channel that wakes the worker."""

KEPT = timedelta(days=25)
_TAKEN_FOR, _LONGEST_PAUSE = 15.0, 300.0  # seconds
_ADD = text(
    "INSERT INTO webhooks (event_id, account, payment_id, kind, body, heard_by, happened_at)"
    " VALUES (:event_id, :account, :payment_id, :kind, :body, :heard_by, :happened_at) ON CONFLICT DO NOTHING"
)
_WAKE = text(f"SELECT pg_notify('{CHANNEL}', '')")
# Each time it is not handled, a notice waits twice as long.
_TAKE = text(
    "UPDATE webhooks SET looks = looks + 1, look_at = :now"
    " + make_interval(secs => least(:longest, :taken_for * 2 ^ least(looks, 10)))"
    " WHERE event_id IN (SELECT event_id FROM webhooks WHERE handled_at IS NULL AND look_at <= :now"
    " ORDER BY look_at LIMIT :most FOR UPDATE SKIP LOCKED)"
    " RETURNING event_id, account, payment_id, kind, happened_at"
)
# Of a customer who is erased by then, nothing but the fact is kept.
_HANDLED = text(
    "UPDATE webhooks AS w SET handled_at = now(), outcome = :outcome, body = CASE WHEN EXISTS"
    " (SELECT FROM attempts AS a JOIN customers AS c USING (business_id, customer_id)"
    " WHERE a.payment_id = w.payment_id AND a.account = w.account AND c.erased) THEN '' ELSE body END"
    " WHERE event_id = :event_id AND handled_at IS NULL"
)
_FORGET_PAYERS = text(
    "UPDATE webhooks AS w SET body = '' FROM attempts AS a"
    " JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " USING (business_id, customer_id) WHERE w.payment_id = a.payment_id AND w.account = a.account"
)
_NAME = text("UPDATE webhooks SET payment_id = :payment_id WHERE event_id = :event_id")
_FORGET = text("DELETE FROM webhooks WHERE handled_at < :before")


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is not handled yet."""

    event_id: str
    account: str
    payment_id: str
    kind: str
    happened_at: datetime


async def add(connection: AsyncConnection, notice: Notice, cipher: FieldCipher, *, heard_by: str) -> bool:
    """Store a notice once, however often it comes. Its body names the payer, and is kept encrypted."""
    row = {
        "event_id": notice.event_id,
        "account": notice.account,
        "payment_id": notice.payment_id,
        "kind": notice.kind,
        "body": cipher.encrypt(notice.body, context=f"webhooks/{notice.event_id}"),
        "heard_by": heard_by,
        "happened_at": notice.at,
    }
    added = await connection.execute(_ADD, row)
    await connection.execute(_WAKE)
    return added.rowcount > 0


async def name_payment(connection: AsyncConnection, event_id: str, payment_id: str) -> None:
    """Store which payment of ours a notice is about, so that erasing its payer reaches it."""
    await connection.execute(_NAME, {"event_id": event_id, "payment_id": payment_id})


async def take(connection: AsyncConnection, now: datetime, most: int) -> Sequence[Waiting]:
    """Take notices for a while. Commit before working on them."""
    limits = {"now": now, "taken_for": _TAKEN_FOR, "longest": _LONGEST_PAUSE, "most": most}
    rows = await connection.execute(_TAKE, limits)
    return [msgspec.convert(dict(row), Waiting) for row in rows.mappings()]


async def handled(connection: AsyncConnection, event_id: str, outcome: str) -> None:
    """A notice had its effect, in the transaction of that effect."""
    await connection.execute(_HANDLED, {"event_id": event_id, "outcome": outcome})


async def forget_payers(connection: AsyncConnection, keys: str) -> None:
    """Empty the bodies about payments of these customers: JSON `[{business_id, customer_id}]`."""
    await connection.execute(_FORGET_PAYERS, {"keys": keys})


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Delete what was handled before a time."""
    await connection.execute(_FORGET, {"before": before})
