"""Which sessions ended before their time, until their tokens expire: what other services ask for."""

from datetime import datetime
from typing import Final

import msgspec
from chassis.database import Transaction
from chassis.identity.ended_sessions import SessionEnd, SessionEnds

LIMIT: Final = 1000
"""Ends an answer."""

_ADD: Final = (
    "INSERT INTO session_ends (business_id, session_id, expires_at)"
    " VALUES (:business_id, :session_id, :expires_at)"
)
_LIST: Final = (
    "SELECT session_id, expires_at, ended_at FROM all_session_ends"
    " WHERE ended_at >= :since AND expires_at > now() ORDER BY ended_at LIMIT :limit"
)
# A row is seen when its transaction commits, which takes less than a minute: so much is read twice.
_SEEN: Final = "SELECT now() - interval '1 minute'"
_FORGET_EXPIRED: Final = "DELETE FROM session_ends WHERE expires_at < now() - interval '1 hour'"


class _Row(msgspec.Struct, frozen=True):
    session_id: str
    expires_at: datetime
    ended_at: datetime


async def add_session_end(tx: Transaction, session_id: str, expires_at: datetime) -> None:
    """A session ended; its token would be good until then."""
    await tx.run(_ADD, session_id=session_id, expires_at=expires_at)


async def list_session_ends(tx: Transaction, since: datetime) -> SessionEnds:
    """The sessions of all businesses that ended since then, by the database's clock, oldest first."""
    seen = await tx.value(_SEEN, datetime)
    assert seen is not None  # noqa: S101  # a statement without a table has a row
    rows = await tx.all(_LIST, _Row, since=since, limit=LIMIT)
    more = len(rows) == LIMIT
    following = rows[-1].ended_at if more else seen
    ends = tuple(SessionEnd(row.session_id, row.expires_at) for row in rows)
    return SessionEnds(ends=ends, next=following.isoformat(), more=more)


async def forget_expired_session_ends(tx: Transaction) -> None:
    """Delete those whose tokens expired an hour ago, of all businesses."""
    await tx.run(_FORGET_EXPIRED)
