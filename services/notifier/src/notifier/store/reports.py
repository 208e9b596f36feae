"""What providers reported and people replied: stored before it is answered, dealt with later, each once.

The web process only adds to the table; the worker takes rows from it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from chassis.database import Transaction
from chassis.rotation import KeyedColumn

CHANNEL: Final = "provider_reports"
"""The NOTIFY channel that wakes the worker."""

_ADD: Final = (
    "INSERT INTO provider_reports (report_id, content, received_at, due_at)"
    " VALUES (:report_id, :content, :now, :now) ON CONFLICT DO NOTHING"
)
_WAKE: Final = f"SELECT pg_notify('{CHANNEL}', '')"
_LOCK_DUE: Final = (
    "SELECT report_id, content, received_at FROM provider_reports WHERE due_at <= :now"
    " ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_MARK_DUE: Final = "UPDATE provider_reports SET due_at = :due_at WHERE report_id = :report_id"
_FORGET: Final = "DELETE FROM provider_reports WHERE report_id = :report_id"

KEYED: Final = KeyedColumn(
    "FIELD_ENCRYPTION_KEYS", "provider_reports", "content", "'provider_reports/' || report_id"
)


class StoredReport(msgspec.Struct, frozen=True):
    """A report that nobody dealt with yet, encrypted."""

    report_id: UUID
    content: bytes
    received_at: datetime


def report_context(report_id: UUID) -> str:
    """What a report is encrypted for."""
    return f"provider_reports/{report_id}"


async def add_report(tx: Transaction, report_id: UUID, content: bytes, now: datetime) -> None:
    """Store a report, once however often it comes, and wake the worker."""
    await tx.run(_ADD, report_id=report_id, content=content, now=now)
    await tx.run(_WAKE)


async def lock_due(tx: Transaction, now: datetime, limit: int) -> Sequence[StoredReport]:
    """Lock the oldest reports that are due. Others skip them."""
    return await tx.all(_LOCK_DUE, StoredReport, now=now, limit=limit)


async def mark_due(tx: Transaction, report_id: UUID, due_at: datetime) -> None:
    """Let a report wait."""
    await tx.run(_MARK_DUE, report_id=report_id, due_at=due_at)


async def forget_report(tx: Transaction, report_id: UUID) -> None:
    """Delete a report that was dealt with."""
    await tx.run(_FORGET, report_id=report_id)
