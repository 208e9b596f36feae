"""The account that each business set, what the processor last said of it, and when to ask next."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from chassis.database import Transaction

from billing.domain.account_standing import AccountStanding

CHANNEL = "account_checks"
"""The NOTIFY channel that says: one of them is new."""

_FOLLOW = (
    "WITH changed AS (INSERT INTO account_checks (business_id, account, next_check_at)"  # noqa: S608  # ours
    " SELECT business_id, state->>'stripe_account', now() FROM businesses"
    " WHERE business_id = ANY(CAST(:businesses AS text[])) AND state->>'stripe_account' IS NOT NULL"
    " ON CONFLICT (business_id) DO UPDATE SET account = excluded.account, standing = NULL,"
    " checked_at = NULL, since = NULL, checks = 0, next_check_at = excluded.next_check_at"
    " WHERE account_checks.account <> excluded.account RETURNING business_id)"
    f" SELECT pg_notify('{CHANNEL}', '') WHERE EXISTS (SELECT FROM changed)"
)
_FORGET = (
    "DELETE FROM account_checks AS c USING businesses AS b WHERE b.business_id = c.business_id"
    " AND b.business_id = ANY(CAST(:businesses AS text[])) AND b.state->>'stripe_account' IS NULL"
)
_LOCK_DUE = (
    "UPDATE account_checks SET next_check_at = :again WHERE business_id IN"
    " (SELECT business_id FROM account_checks WHERE next_check_at <= :now ORDER BY next_check_at LIMIT :limit"
    " FOR UPDATE SKIP LOCKED) RETURNING business_id, account, standing, checked_at, checks, since"
)
_FIND = (
    "SELECT business_id, account, standing, checked_at, checks, since FROM account_checks"
    " WHERE business_id = :business_id AND account = :account"
)
_RECORD = (
    "UPDATE account_checks SET standing = :standing, checked_at = :now, checks = :checks,"
    " since = CASE WHEN standing = :standing THEN coalesce(since, :now) ELSE :now END,"
    " next_check_at = :again WHERE business_id = :business_id AND account = :account"
)
_POSTPONE = (
    "UPDATE account_checks SET next_check_at = greatest(next_check_at, :until)"
    " WHERE business_id = :business_id AND account = :account"
)
_MARK_DUE = (
    "WITH due AS (UPDATE account_checks SET checks = 0, next_check_at = now() WHERE account = :account"  # noqa: S608  # ours
    f" RETURNING business_id) SELECT pg_notify('{CHANNEL}', '') WHERE EXISTS (SELECT FROM due)"
)
_LIST_UNUSABLE = (
    "SELECT business_id, account, standing, checked_at, checks, since FROM account_checks"
    " WHERE standing IN ('restricted', 'missing') ORDER BY business_id"
)


class CheckedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account of a business; `standing` is None until the processor was asked, `since` when it is so.

    `checks` counts the answers since then that changed nothing.
    """

    business_id: str
    account: str
    standing: AccountStanding | None
    checked_at: datetime | None
    checks: int
    since: datetime | None = None


async def follow_businesses(tx: Transaction, businesses: Collection[str]) -> None:
    """Take over which accounts these businesses have now; one that is new is asked about at once."""
    if businesses:
        await tx.run(_FORGET, businesses=sorted(businesses))
        await tx.run(_FOLLOW, businesses=sorted(businesses))


async def lock_due(
    tx: Transaction, now: datetime, *, again: datetime, limit: int
) -> Sequence[CheckedAccount]:
    """Take accounts that are due, until `again`. Commit before asking."""
    return await tx.all(_LOCK_DUE, CheckedAccount, now=now, again=again, limit=limit)


async def find_checked(tx: Transaction, account: str) -> CheckedAccount | None:
    """What the processor last said of the account that a business has; None of any other account."""
    return await tx.one(_FIND, CheckedAccount, account=account)


async def postpone(tx: Transaction, checked: CheckedAccount, until: datetime) -> None:
    """Leave an account alone until then, at least."""
    await tx.run(_POSTPONE, business_id=checked.business_id, account=checked.account, until=until)


async def mark_due(tx: Transaction, account: str) -> None:
    """Have an account asked about now."""
    await tx.run(_MARK_DUE, account=account)


async def record(
    tx: Transaction,
    checked: CheckedAccount,
    standing: AccountStanding,
    now: datetime,
    *,
    checks: int,
    again: datetime,
) -> None:
    """Store the answer, unless the business has set another account meanwhile."""
    await tx.run(
        _RECORD,
        business_id=checked.business_id,
        account=checked.account,
        standing=standing,
        now=now,
        checks=checks,
        again=again,
    )


async def list_unusable(tx: Transaction) -> Sequence[CheckedAccount]:
    """The accounts that nobody can pay into, by business."""
    return await tx.all(_LIST_UNUSABLE, CheckedAccount)
