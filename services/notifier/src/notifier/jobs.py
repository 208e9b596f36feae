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
_ADD = text(
    "INSERT INTO deliveries (business_id, message_id, kind, channel, locale, caused_by, sealed, due_at,"
    " expires_at, requested_at, traceparent)"
    " VALUES (:business_id, :message_id, :kind, :channel, :locale, :caused_by, :sealed, :requested_at,"
    " :expires_at, :requested_at, :traceparent) ON CONFLICT DO NOTHING"
)
_WAKE = text(f"SELECT pg_notify('{CHANNEL}', '')")
# A few of each business at a time, the longest due first: one business's flood delays no other's code.
_CLAIM = text(
    "WITH due AS ("
    " SELECT job.business_id, job.message_id FROM"
    " (SELECT DISTINCT business_id FROM deliveries WHERE status = 'due' AND due_at <= :now) AS waiting"
    " CROSS JOIN LATERAL (SELECT business_id, message_id, due_at FROM deliveries"
    "  WHERE business_id = waiting.business_id AND status = 'due' AND due_at <= :now"
    "  ORDER BY due_at LIMIT :of_one FOR UPDATE SKIP LOCKED) AS job"
    " ORDER BY job.due_at LIMIT :most)"
    " UPDATE deliveries AS d SET attempts = d.attempts + 1, due_at = :until FROM due"
    " WHERE d.business_id = due.business_id AND d.message_id = due.message_id"
    " RETURNING d.business_id, d.message_id, d.kind, d.channel, d.locale, d.caused_by, d.sealed,"
    " d.expires_at, d.requested_at, d.traceparent, d.attempts"
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


async def add(connection: AsyncConnection, jobs: Sequence[Job]) -> None:
    """Store jobs, each once however often it is added, and wake the delivery loop."""
    if jobs:
        await connection.execute(_ADD, [msgspec.structs.asdict(job) for job in jobs])
        await connection.execute(_WAKE)


async def claim(connection: AsyncConnection, now: datetime, most: int) -> list[Job]:
    """Take up to `most` jobs that are due, for `CLAIM_LASTS`. Commit before working on them."""
    limits = {"now": now, "until": now + CLAIM_LASTS, "most": most, "of_one": min(most, _FROM_ONE_BUSINESS)}
    rows = await connection.execute(_CLAIM, limits)
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
