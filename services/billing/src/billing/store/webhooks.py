"""Raw webhooks of the processor: stored before they are answered, handled later, each once.

The web process only adds to the table; the worker takes rows from it for a while, like jobs.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from chassis.database import Transaction
from chassis.encryption import FieldCipher
from chassis.rotation import KeyedColumn

from billing.domain.webhook_event import WebhookEvent

CHANNEL = "webhooks"
"""The NOTIFY channel that wakes the worker."""

_TAKEN_FOR, _LONGEST_PAUSE = 15.0, 300.0  # seconds
_ADD = (
    "INSERT INTO webhooks (event_id, account, payment_id, kind, body, found_by, happened_at)"
    " VALUES (:event_id, :account, :payment_id, :kind, :body, :found_by, :happened_at) ON CONFLICT DO NOTHING"
)
_WAKE = f"SELECT pg_notify('{CHANNEL}', '')"
# Each time it is not handled, a webhook waits twice as long.
_LOCK_WAITING = (
    "UPDATE webhooks SET tries = tries + 1, next_try_at = :now"
    " + make_interval(secs => least(:longest, :taken_for * 2 ^ least(tries, 10)))"
    " WHERE event_id IN (SELECT event_id FROM webhooks WHERE handled_at IS NULL AND next_try_at <= :now"
    " ORDER BY next_try_at LIMIT :limit FOR UPDATE SKIP LOCKED)"
    " RETURNING event_id, account, payment_id, kind, happened_at"
)
# A body is kept while erasing its payer would reach it: of a payment that is none of ours nobody knows whose
# it is, and of a customer who is erased by then nothing but the fact is kept.
_MARK_HANDLED = (
    "UPDATE webhooks AS w SET handled_at = now(), outcome = :outcome, body = CASE WHEN EXISTS"
    " (SELECT FROM checkout_sessions AS a LEFT JOIN customers AS c USING (business_id, customer_id)"
    " WHERE a.payment_id = w.payment_id AND a.account = w.account AND c.erased IS NOT TRUE)"
    " THEN body ELSE '' END WHERE event_id = :event_id AND handled_at IS NULL"
)
_FORGET_BODIES = (
    "UPDATE webhooks AS w SET body = '' FROM checkout_sessions AS a"
    " JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " USING (business_id, customer_id) WHERE w.payment_id = a.payment_id AND w.account = a.account"
)
_TAKE_AGAIN = (
    "UPDATE webhooks SET handled_at = NULL, outcome = NULL, tries = 1,"
    " next_try_at = now() + make_interval(secs => :taken_for) WHERE event_id = :event_id"
    " RETURNING event_id, account, payment_id, kind, happened_at"
)
_TAKE_DECLINED = (
    "UPDATE webhooks SET handled_at = NULL, outcome = NULL, tries = 0, next_try_at = :now"
    " WHERE account = :account AND outcome = 'declined'"
)
_POSTPONE = (
    "UPDATE webhooks SET next_try_at = greatest(next_try_at, :until)"
    " WHERE event_id = :event_id AND handled_at IS NULL"
)
_MARK_PAYMENT = "UPDATE webhooks SET payment_id = :payment_id WHERE event_id = :event_id"
_FORGET = "DELETE FROM webhooks WHERE handled_at < :before"


KEYED = KeyedColumn("FIELD_ENCRYPTION_KEYS", "webhooks", "body", "'webhooks/' || event_id")


class StoredWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that is not handled yet."""

    event_id: str
    account: str
    payment_id: str
    kind: str
    happened_at: datetime


async def add_webhook(tx: Transaction, event: WebhookEvent, cipher: FieldCipher, *, found_by: str) -> bool:
    """Store an event once, however often it comes; whether it is new. Its body names the payer: encrypted."""
    added = await tx.run(
        _ADD,
        event_id=event.event_id,
        account=event.account,
        payment_id=event.payment_id,
        kind=event.kind,
        body=cipher.encrypt(event.body, context=f"webhooks/{event.event_id}"),
        found_by=found_by,
        happened_at=event.at,
    )
    await tx.run(_WAKE)
    return added > 0


async def lock_waiting(tx: Transaction, now: datetime, limit: int) -> Sequence[StoredWebhook]:
    """Take webhooks for a while. Commit before working on them."""
    return await tx.all(
        _LOCK_WAITING, StoredWebhook, now=now, taken_for=_TAKEN_FOR, longest=_LONGEST_PAUSE, limit=limit
    )


async def take_again(tx: Transaction, event_id: str) -> StoredWebhook | None:
    """Take a webhook for a while, handled or not, as one that waits; None when there is none."""
    return await tx.one(_TAKE_AGAIN, StoredWebhook, event_id=event_id, taken_for=_TAKEN_FOR)


async def take_declined(tx: Transaction, account: str, now: datetime) -> None:
    """Have what was given up of an account handled after all: it answers again."""
    if await tx.run(_TAKE_DECLINED, account=account, now=now):
        await tx.run(_WAKE)


async def postpone(tx: Transaction, event_id: str, until: datetime) -> None:
    """Leave a webhook alone until then, at least."""
    await tx.run(_POSTPONE, event_id=event_id, until=until)


async def mark_payment(tx: Transaction, event_id: str, payment_id: str) -> None:
    """Store which payment of ours a webhook is about, so that erasing its payer reaches it."""
    await tx.run(_MARK_PAYMENT, event_id=event_id, payment_id=payment_id)


async def mark_handled(tx: Transaction, event_id: str, outcome: str) -> None:
    """A webhook had its effect, in the transaction of that effect."""
    await tx.run(_MARK_HANDLED, event_id=event_id, outcome=outcome)


async def forget_bodies(tx: Transaction, customers: Sequence[tuple[str, str]]) -> None:
    """Empty the bodies about payments of these customers, as (business id, customer id)."""
    keys = [
        {"business_id": business_id, "customer_id": customer_id} for business_id, customer_id in customers
    ]
    await tx.run(_FORGET_BODIES, keys=msgspec.json.encode(keys).decode())


async def forget_webhooks(tx: Transaction, before: datetime) -> None:
    """Delete what was handled before a time."""
    await tx.run(_FORGET, before=before)
