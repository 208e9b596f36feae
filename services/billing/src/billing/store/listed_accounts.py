"""The accounts whose events are listed, so that what no webhook told is found: until when, and when next.

An account is listed less and less often while nothing was missed there, and while it does not answer: from
every few seconds to once an hour.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from chassis.database import Transaction

LONGEST_PAUSE = timedelta(hours=1)
"""So late, at most, is seen what no webhook told."""
_ADD = (
    "INSERT INTO accounts (business_id, account, events_listed_until, next_check_at)"
    " VALUES (:business_id, :account, :now, :now) ON CONFLICT (business_id, account) DO NOTHING"
)
_LIST = (
    "SELECT business_id, account, events_listed_until FROM accounts"
    " WHERE :business = '' OR business_id = :business ORDER BY business_id, account"
)
_LOCK_DUE = (
    "UPDATE accounts SET checks = checks + 1, next_check_at = :now"
    " + make_interval(secs => least(:longest, :every * 2 ^ least(checks, 20)))"
    " WHERE (business_id, account) IN (SELECT business_id, account FROM accounts"
    " WHERE next_check_at <= :now ORDER BY next_check_at LIMIT :limit FOR UPDATE SKIP LOCKED)"
    " RETURNING business_id, account, events_listed_until"
)
_THIS_ONE = "WHERE business_id = :business_id AND account = :account"
_MARK_LISTED = f"UPDATE accounts SET events_listed_until = greatest(events_listed_until, :until) {_THIS_ONE}"  # noqa: S608  # a clause of our own, as below
_MARK_AGAIN = f"UPDATE accounts SET checks = 1, next_check_at = :again {_THIS_ONE}"  # noqa: S608  # ours
_POSTPONE = f"UPDATE accounts SET next_check_at = greatest(next_check_at, :until) {_THIS_ONE}"  # noqa: S608  # ours
_MARK_DUE = "UPDATE accounts SET checks = 0, next_check_at = :now WHERE account = :account"


class ListedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account of a business, and until when its events were listed."""

    business_id: str
    account: str
    events_listed_until: datetime


async def list_accounts(tx: Transaction, business: str) -> Sequence[ListedAccount]:
    """The accounts of a business, or of all."""
    return await tx.all(_LIST, ListedAccount, business=business)


async def add_account(tx: Transaction, account: str, now: datetime) -> None:
    """Have the events of an account listed from now on."""
    await tx.run(_ADD, account=account, now=now)


async def lock_due_accounts(
    tx: Transaction, now: datetime, *, every: float, limit: int
) -> Sequence[ListedAccount]:
    """Take accounts whose events are to be listed, for `every` seconds or longer. Commit before asking."""
    longest = LONGEST_PAUSE.total_seconds()
    return await tx.all(_LOCK_DUE, ListedAccount, now=now, every=every, longest=longest, limit=limit)


async def mark_listed(
    tx: Transaction, account: ListedAccount, until: datetime, *, again: datetime | None = None
) -> None:
    """The events of an account were listed until then. `again` begins anew, at its quickest pace."""
    await tx.run(_MARK_LISTED, **_key(account), until=until)
    if again:
        await tx.run(_MARK_AGAIN, **_key(account), again=again)


async def postpone(tx: Transaction, account: ListedAccount, until: datetime) -> None:
    """Leave an account alone until then, at least."""
    await tx.run(_POSTPONE, **_key(account), until=until)


async def mark_due(tx: Transaction, account: str, now: datetime) -> None:
    """Have the events of an account listed now, whoever's it is."""
    await tx.run(_MARK_DUE, account=account, now=now)


def _key(account: ListedAccount) -> dict[str, str]:
    return {"business_id": account.business_id, "account": account.account}
