"""Which invoices their payments cover: what keeps "unpaid" a short list, however long the history.

`covered` is a function of the rows: the captured money of an invoice's payments reaches what it asks of them.
"""

from collections.abc import Iterable
from functools import cache

import msgspec
from chassis.database.database import Driver


async def refresh(
    driver: Driver,
    schema: str,
    invoices: Iterable[tuple[object, ...]],
    payments: Iterable[tuple[object, ...]],
) -> None:
    """Bring `covered` up to date for these invoices, and for those of these payments.

    Keys are (business id, id). The caller holds the lock that keeps an invoice and its payment from passing
    each other unseen.
    """
    await driver.execute(_statement(schema), {"invoices": keys_of(invoices), "payments": keys_of(payments)})


def keys_of(keys: Iterable[tuple[object, ...]]) -> str:
    """Keys of (business id, id) as the JSON that `jsonb_to_recordset` reads."""
    return msgspec.json.encode([{"business_id": business, "id": key} for business, key in keys]).decode()


@cache
def _statement(schema: str) -> bytes:
    keys = "jsonb_to_recordset(CAST(%({})s AS jsonb)) AS k(business_id text, id text)"
    parts = f"{schema}.payment_invoices"
    return (
        f"WITH touched AS (SELECT business_id, id FROM {keys.format('invoices')}"  # noqa: S608  # a checked name
        f" UNION SELECT k.business_id, t.invoice_id FROM {keys.format('payments')}"
        f" JOIN {parts} t ON t.business_id = k.business_id AND t.payment_id = k.id),"
        " sums AS (SELECT i.business_id, i.id,"
        " coalesce(sum(t.received) FILTER (WHERE t.version = p.version) >= i.owed, false) AS covered"
        f" FROM touched JOIN {schema}.invoices i USING (business_id, id)"
        f" LEFT JOIN {parts} t ON t.business_id = i.business_id AND t.invoice_id = i.id"
        f" LEFT JOIN {schema}.payments p ON p.business_id = t.business_id AND p.id = t.payment_id"
        " GROUP BY i.business_id, i.id, i.owed)"
        f" UPDATE {schema}.invoices i SET covered = s.covered FROM sums s"
        " WHERE i.business_id = s.business_id AND i.id = s.id AND i.covered <> s.covered"
    ).encode()
