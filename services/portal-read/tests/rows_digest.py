"""A projection as plain values, for judges, and for comparing one with another."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

from portal_read.projection.sealed_states import StateCipher
from portal_read.projection.tables import tables
from sqlalchemy import RowMapping, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = dict[str, dict[tuple[str, ...], dict[str, object]]]
"""Table name → primary key → the other columns, as JSON knows them."""


async def rows(connection: AsyncConnection, schema: str, cipher: StateCipher) -> Rows:
    """Every row of a projection. A part that its whole has left behind is no longer there."""
    found: Rows = {}
    for table in tables(schema).all():
        found[table.name] = await _rows(connection, table, cipher)
    _drop_stale(found, "business_slugs", "businesses", lambda key: (key[0],))
    _drop_stale(found, "payment_invoices", "payments", lambda key: (key[0], key[2]))
    return found


def digest(found: Rows) -> str:
    """SHA-256 of rows, in hex: equal rows have equal digests."""
    listed = {name: [[*key, part[key]] for key in sorted(part)] for name, part in found.items()}
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()


async def _rows(
    connection: AsyncConnection, table: Table, cipher: StateCipher
) -> dict[tuple[str, ...], dict[str, object]]:
    key = [column.name for column in table.primary_key]
    found = await connection.execute(select(table))
    return {
        tuple(str(row[name]) for name in key): {
            n: _state(cipher, table.name, row) if n == "state" else _plain(v)
            for n, v in row.items()
            if n not in key
        }
        for row in found.mappings()
    }


def _state(cipher: StateCipher, table: str, row: RowMapping) -> object:
    if (state := row["state"]) is None:
        return None
    key = row.get("id", row["business_id"])
    return json.loads(cipher.open(table, row["business_id"], key, row["version"], state))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _drop_stale(
    found: Rows, parts: str, wholes: str, whole_of: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> None:
    for key in list(found[parts]):
        whole = found[wholes].get(whole_of(key))
        if whole is None or whole["version"] != found[parts][key]["version"]:
            del found[parts][key]
