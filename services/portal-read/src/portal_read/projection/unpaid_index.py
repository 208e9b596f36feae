"""Which invoices their payments cover: what keeps "unpaid" a short list, however long the history.

`covered` is what `invoice_money` says of an invoice and its payments, stored where an index can see it.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

import msgspec
from chassis.database.hot_path import Driver
from servicehub_events import Invoice, Payment, invoice_money

from portal_read.projection.sealed_states import StateCipher


class _InvoiceRow(NamedTuple):
    """An invoice with `covered` until now, and ids, versions and states of the payments on it."""

    business_id: str
    id: str
    covered: bool
    version: int
    state: bytes | None
    payment_ids: Sequence[str]
    payment_versions: Sequence[int]
    payment_states: Sequence[bytes]


_KEYS: Final = "jsonb_to_recordset(CAST(%({})s AS jsonb)) AS k(business_id text, id text)"
_invoice = msgspec.json.Decoder(Invoice).decode
_payment = msgspec.json.Decoder(Payment).decode


async def refresh(
    driver: Driver,
    schema: str,
    cipher: StateCipher,
    invoices: Iterable[tuple[object, ...]],
    payments: Iterable[tuple[object, ...]],
) -> None:
    """Bring `covered` up to date for these invoices, and for those of these payments.

    Keys are (business id, id). The caller holds the lock that keeps an invoice and its payment from passing
    each other unseen.
    """
    keys = {"invoices": keys_of(invoices), "payments": keys_of(payments)}
    cursor = await driver.execute(_find_touched(schema), keys)
    rows = [_InvoiceRow(*row) for row in await cursor.fetchall()]
    if changed := [row[:2] for row in rows if _is_covered(cipher, row) != row.covered]:
        await driver.execute(_mark_changed(schema), {"invoices": keys_of(changed)})


def keys_of(keys: Iterable[tuple[object, ...]]) -> str:
    """Keys of (business id, id) as the JSON that `jsonb_to_recordset` reads."""
    return msgspec.json.encode([{"business_id": business, "id": key} for business, key in keys]).decode()


def _is_covered(cipher: StateCipher, row: _InvoiceRow) -> bool:
    if row.state is None or not row.payment_ids:  # erased, or what it asks is told by its own row
        return False
    invoice = _invoice(cipher.open("invoices", row.business_id, row.id, row.version, row.state))
    return invoice_money(invoice, _payments_on(cipher, row)).amount_due == 0


def _payments_on(cipher: StateCipher, row: _InvoiceRow) -> Iterator[Payment]:
    for key, version, state in zip(row.payment_ids, row.payment_versions, row.payment_states, strict=True):
        yield _payment(cipher.open("payments", row.business_id, key, version, state))


@cache
def _find_touched(schema: str) -> bytes:
    """Of most invoices no payment is known: nothing is read of them."""
    parts = f"{schema}.payment_invoices"
    return (
        f"WITH touched AS (SELECT business_id, id FROM {_KEYS.format('invoices')}"  # noqa: S608  # a checked name
        f" UNION SELECT k.business_id, t.invoice_id FROM {_KEYS.format('payments')}"
        f" JOIN {parts} t ON t.business_id = k.business_id AND t.payment_id = k.id)"
        " SELECT i.business_id, i.id, i.covered, i.version, i.state,"
        f" {_paid('id')}, {_paid('version')}, {_paid('state')}"
        f" FROM touched JOIN {schema}.invoices i USING (business_id, id)"
        f" LEFT JOIN {parts} t ON t.business_id = i.business_id AND t.invoice_id = i.id"
        f" LEFT JOIN {schema}.payments p ON p.business_id = t.business_id AND p.id = t.payment_id"
        " AND p.version = t.version"  # a part that its whole has left behind is none
        " GROUP BY i.business_id, i.id HAVING i.covered OR count(p.state) > 0"
    ).encode()


def _paid(column: str) -> str:
    return f"coalesce(array_agg(p.{column} ORDER BY p.id) FILTER (WHERE p.state IS NOT NULL), '{{}}')"


@cache
def _mark_changed(schema: str) -> bytes:
    return (
        f"UPDATE {schema}.invoices i SET covered = NOT i.covered FROM {_KEYS.format('invoices')}"  # noqa: S608  # a checked name
        " WHERE i.business_id = k.business_id AND i.id = k.id"
    ).encode()
