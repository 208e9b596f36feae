"""The deliveries table as a queue of jobs: added once, claimed for a while, settled once.

A claim pushes `due_at` ahead instead of holding a lock, so that nothing is locked while a provider is slow; a
worker that dies leaves its jobs to be claimed again. Settling names the attempt, which refuses a latecomer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.domain import Job

CHANNEL = "deliveries"
"""The NOTIFY channel that wakes the delivery loop."""

CLAIM_LASTS = timedelta(seconds=45)
"""Longer than any sender may take, so that no second worker sends the same meanwhile."""

_FROM_ONE_BUSINESS = 4
_COLUMNS = (
    "business_id, message_id, kind, channel, locale, caused_by, sealed, urgent, customer_id, contact_id,"
    " aggregate, subject_id, subject_version, expires_at, requested_at, traceparent"
)
# Every name in these is ours.
_ADD = text(
    f"INSERT INTO deliveries ({_COLUMNS}, due_at)"  # noqa: S608
    f" VALUES (:{_COLUMNS.replace(', ', ', :')}, :requested_at) ON CONFLICT DO NOTHING"
)
_WAKE = text(f"SELECT pg_notify('{CHANNEL}', '')")
# A few of each business; first those with the fewest under way, then those whose turn is longest ago.
_CLAIM = text(
    "WITH due AS ("  # noqa: S608
    " SELECT job.business_id, job.message_id FROM"
    " (SELECT DISTINCT business_id FROM deliveries"
    "  WHERE status = 'due' AND urgent = :urgent AND due_at <= :now) AS waiting"
    " LEFT JOIN jsonb_to_recordset(CAST(:had AS jsonb)) AS u(business_id text, jobs integer, turn bigint)"
    "  USING (business_id)"
    " CROSS JOIN LATERAL (SELECT business_id, message_id, due_at FROM deliveries"
    "  WHERE business_id = waiting.business_id AND status = 'due' AND urgent = :urgent AND due_at <= :now"
    "  ORDER BY due_at LIMIT :of_one FOR UPDATE SKIP LOCKED) AS job"
    " ORDER BY coalesce(u.jobs, 0) + row_number() OVER (PARTITION BY job.business_id ORDER BY job.due_at),"
    "  coalesce(u.turn, 0), job.due_at LIMIT :most)"
    " UPDATE deliveries AS d SET attempts = d.attempts + 1, due_at = :until FROM due"
    " WHERE d.business_id = due.business_id AND d.message_id = due.message_id"
    f" RETURNING d.{_COLUMNS.replace(', ', ', d.')}, d.attempts"
)
_END = text(
    "UPDATE deliveries SET status = :status, sealed = NULL, ended_at = :now, version = version + 1,"
    " provider_reference = :reference, error = :error WHERE business_id = :business_id"
    " AND message_id = :message_id AND status = 'due' AND attempts = :attempts RETURNING version"
)
_POSTPONE = text(
    "UPDATE deliveries SET due_at = :due_at, error = :error WHERE business_id = :business_id"
    " AND message_id = :message_id AND status = 'due' AND attempts = :attempts"
)
_FORGET = text("DELETE FROM deliveries WHERE status <> 'due' AND ended_at < :before")


class Standing(msgspec.Struct, frozen=True):
    """How many jobs of a business are under way, and when it had one last: a number that rises."""

    business_id: str
    jobs: int
    turn: int


async def add(connection: AsyncConnection, jobs: Sequence[Job]) -> None:
    """Store jobs, each once however often it is added, and wake the delivery loop."""
    if jobs:
        await connection.execute(_ADD, [msgspec.structs.asdict(job) for job in jobs])
        await connection.execute(_WAKE)


async def claim(
    connection: AsyncConnection,
    now: datetime,
    most: int,
    *,
    urgent: bool,
    standings: Sequence[Standing] = (),
) -> list[Job]:
    """Take up to `most` jobs that are due, for `CLAIM_LASTS`. Commit before working on them.

    `standings` says what businesses had from the caller lately, so that a flood of one delays no other.
    """
    had = msgspec.json.encode(standings).decode()
    limits = {"now": now, "until": now + CLAIM_LASTS, "most": most, "of_one": min(most, _FROM_ONE_BUSINESS)}
    rows = await connection.execute(_CLAIM, limits | {"urgent": urgent, "had": had})
    return [msgspec.convert(dict(row), Job) for row in rows.mappings()]


async def end(
    connection: AsyncConnection,
    job: Job,
    now: datetime,
    *,
    status: str,
    reference: str | None = None,
    error: str | None = None,
) -> int | None:
    """Close a job and delete what it held. Gives its new version; None when the attempt is no longer ours."""
    values = {"status": status, "now": now, "reference": reference, "error": error}
    return (await connection.execute(_END, _attempt(job) | values)).scalar()


async def postpone(connection: AsyncConnection, job: Job, due_at: datetime, error: str) -> None:
    """Let a job be claimed again from `due_at` on."""
    await connection.execute(_POSTPONE, _attempt(job) | {"due_at": due_at, "error": error})


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Delete jobs that ended before a time."""
    await connection.execute(_FORGET, {"before": before})


def _attempt(job: Job) -> dict[str, object]:
    return {"business_id": job.business_id, "message_id": job.message_id, "attempts": job.attempts}
