"""Which invoices their payments cover, or more than that: short lists, however long the history.

`covered` and `in_credit` are what `invoice_money` says of an invoice and its payments, stored where an index
can see it.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

import msgspec
from chassis.database.hot_path import Driver
from servicehub_events import Invoice, Payment, invoice_money

from portal_read.projection.sealed_states import StateCipher


class _InvoiceRow(NamedTuple):
    """An invoice with what is stored until now, and ids, versions and states of the payments on it."""

    business_id: str
    id: str
    covered: bool
    in_credit: bool
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
    """Bring `covered` and `in_credit` up to date for these invoices, and for those of these payments.

    Keys are (business id, id). The caller holds the lock that keeps an invoice and its payment from passing
    each other unseen.
    """
    keys = {"invoices": keys_of(invoices), "payments": keys_of(payments)}
    cursor = await driver.execute(_find_touched(schema), keys)
    rows = [_InvoiceRow(*row) for row in await cursor.fetchall()]
    known = [(row, _by_payments(cipher, row)) for row in rows]
    changed = [
        {"business_id": row.business_id, "id": row.id, "covered": covered, "in_credit": in_credit}
        for row, (covered, in_credit) in known
        if (row.covered, row.in_credit) != (covered, in_credit)
    ]
    if changed:
        await driver.execute(_mark_changed(schema), {"invoices": msgspec.json.encode(changed).decode()})


def keys_of(keys: Iterable[tuple[object, ...]]) -> str:
    """Keys of (business id, id) as the JSON that `jsonb_to_recordset` reads."""
    return msgspec.json.encode([{"business_id": business, "id": key} for business, key in keys]).decode()


def _by_payments(cipher: StateCipher, row: _InvoiceRow) -> tuple[bool, bool]:
    """Whether payments cover the invoice, and whether more than that is there."""
    if row.state is None or not row.payment_ids:  # erased, or what it asks is told by its own row
        return False, False
    invoice = _invoice(cipher.open("invoices", row.business_id, row.id, row.version, row.state))
    money = invoice_money(invoice, _payments_on(cipher, row))
    return money.amount_due == 0, money.credit > 0


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
        " SELECT i.business_id, i.id, i.covered, i.in_credit, i.version, i.state,"
        f" {_paid('id')}, {_paid('version')}, {_paid('state')}"
        f" FROM touched JOIN {schema}.invoices i USING (business_id, id)"
        f" LEFT JOIN {parts} t ON t.business_id = i.business_id AND t.invoice_id = i.id"
        f" LEFT JOIN {schema}.payments p ON p.business_id = t.business_id AND p.id = t.payment_id"
        " AND p.version = t.version"  # a part that its whole has left behind is none
        " GROUP BY i.business_id, i.id HAVING i.covered OR i.in_credit OR count(p.state) > 0"
    ).encode()


def _paid(column: str) -> str:
    return f"coalesce(array_agg(p.{column} ORDER BY p.id) FILTER (WHERE p.state IS NOT NULL), '{{}}')"


@cache
def _mark_changed(schema: str) -> bytes:
    return (
        f"UPDATE {schema}.invoices i SET covered = k.covered, in_credit = k.in_credit"  # noqa: S608  # a checked name
        " FROM jsonb_to_recordset(CAST(%(invoices)s AS jsonb))"
        " AS k(business_id text, id text, covered boolean, in_credit boolean)"
        " WHERE i.business_id = k.business_id AND i.id = k.id"
    ).encode()
