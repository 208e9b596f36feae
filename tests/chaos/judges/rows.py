"""Every table that follows from the log holds what the log says."""

from collections.abc import Iterable, Set

from portal_testing.stack.whole_log import LogRecord, Place

from tests.chaos.judges.databases import Databases
from tests.chaos.judges.expected_rows import ExpectedRows, Rows, State
from tests.chaos.judges.verdict import Verdict

_KEYS = {
    "businesses": ("business_id",),
    "business_slugs": ("business_id", "slug"),
    "customers": ("business_id", "customer_id"),
    "contact_addresses": ("business_id", "customer_id"),
    "invoices": ("business_id", "invoice_id"),
    "notification_sources": ("business_id", "aggregate", "subject_id"),
    "payment_invoices": ("business_id", "invoice_id", "payment_id"),
    "sessions": ("business_id", "session_id"),
}
_OF_READ_MODEL = ("business_id", "id")
_PARTS = ("business_slugs", "payment_invoices")
"""Parts that the newest version of their whole may have left behind."""


async def judge_rows(
    verdict: Verdict, log: Iterable[LogRecord], malformed: Set[Place], databases: Databases
) -> None:
    """Compare the tables of the four services that read the log."""
    expected = ExpectedRows(log, malformed)
    for table, rows in expected.portal_read().items():
        key = _KEYS[table] if table in ("businesses", *_PARTS) else _OF_READ_MODEL
        stored = await databases.read_model(table, *key)
        verdict.compare(f"portal-read {table}", rows, _current(table, rows, stored))
    for package, tables in (("billing", expected.billing()), ("notifier", expected.notifier())):
        for table, rows in tables.items():
            stored = await databases.rows(package, table, *_KEYS[table])
            verdict.compare(f"{package} {table}", rows, _current(table, rows, stored))
    for table, rows in expected.auth_otp().items():
        if table == "contacts":
            stored = await databases.contacts()
        else:
            stored = await databases.rows("auth_otp", table, *_KEYS[table])
        verdict.compare(f"auth-otp {table}", rows, stored)


def _current(table: str, expected: Rows, stored: Rows) -> Rows:
    """Stored rows without the parts that count no more: those of a version that is not the newest.

    That a contact could sign in once is remembered by the notifier, and said by no newest record.
    """
    if table == "notification_sources":
        return {key: row for key, row in stored.items() if key[1] != "access"}
    if table not in _PARTS:
        return stored
    return {key: row for key, row in stored.items() if _is_current(row, expected.get(key))}


def _is_current(row: State, expected: State | None) -> bool:
    return expected is not None and row["version"] == expected["version"]
