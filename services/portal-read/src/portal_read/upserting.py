"""Writes many rows in one statement: each replaces what is there only by a higher version.

As `chassis.replica`, for rows whose state is JSON already (`msgspec.Raw`): half of what Python did for a
batch was turning states into its own values and those into JSON.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from operator import itemgetter
from typing import cast

import msgspec
from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

Row = Mapping[str, object]
"""Values by column name, as JSON knows them; a state as `msgspec.Raw`."""

_encode = msgspec.json.Encoder().encode


async def put(connection: AsyncConnection, table: Table, rows: Iterable[Row]) -> set[tuple[object, ...]]:
    """Upsert rows; gives back the keys of those that were really written."""
    key_of = itemgetter(*(column.name for column in table.primary_key))
    newest: dict[object, Row] = {}
    for row in rows:
        key = key_of(row)
        if (known := newest.get(key)) is None or _version(row) > _version(known):
            newest[key] = row
    if not newest:
        return set()
    # One order for everybody: no deadlocks.
    ordered = [row for _, row in sorted(newest.items(), key=lambda item: str(item[0]))]
    written = await connection.execute(_statement(table), {"rows": _encode(ordered).decode()})
    return {tuple(row) for row in written}


def _version(row: Row) -> int:
    return cast(int, row["version"])


@cache
def _statement(table: Table) -> TextClause:
    dialect = postgresql.dialect()
    columns = [c.name for c in table.columns if c.server_default is None]
    types = ", ".join(f"{c} {table.columns[c].type.compile(dialect)}" for c in columns)
    keys = ", ".join(column.name for column in table.primary_key)
    rest = ", ".join(f"{c} = EXCLUDED.{c}" for c in columns if c not in table.primary_key.columns)
    return text(
        f"INSERT INTO {table} AS old ({', '.join(columns)}) SELECT {', '.join(columns)}"  # noqa: S608  # own names
        f" FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({types})"
        f" ON CONFLICT ({keys}) DO UPDATE SET {rest}"
        f" WHERE old.version < EXCLUDED.version RETURNING {keys}"
    )
