"""Tables of what others own: a row is replaced only by a higher version, whatever order events arrive in."""

from collections.abc import Iterable, Mapping
from functools import cache
from operator import itemgetter

import msgspec
from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

Row = Mapping[str, object]
"""Values by column name, as JSON knows them; bytes as `\\x` and hex, times as RFC 3339 text.

What is JSON already comes as `msgspec.Raw`: turning states into values and those into JSON again was half of
what Python did for a batch of the projector.
"""

_encode = msgspec.json.Encoder().encode


async def put(connection: AsyncConnection, table: Table, rows: Iterable[Row]) -> set[tuple[object, ...]]:
    """Upsert rows of a table that has a `version` column, in one statement.

    Returns the primary keys of the rows that were really written: a lower or equal version changes nothing.
    """
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
    version = row["version"]
    if not isinstance(version, int):
        raise TypeError("a row needs an integer `version`")
    return version


@cache
def _statement(table: Table) -> TextClause:
    dialect = postgresql.dialect()
    columns = [c.name for c in table.columns if c.server_default is None]
    types = ", ".join(f"{c} {table.columns[c].type.compile(dialect)}" for c in columns)
    keys = ", ".join(column.name for column in table.primary_key)
    rest = [c for c in columns if c not in table.primary_key.columns]
    # Every name in it comes from a Table of ours.
    return text(
        f"INSERT INTO {table} AS old ({', '.join(columns)}) SELECT {', '.join(columns)}"  # noqa: S608
        f" FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({types})"
        f" ON CONFLICT ({keys}) DO UPDATE SET {', '.join(f'{c} = EXCLUDED.{c}' for c in rest)}"
        f" WHERE old.version < EXCLUDED.version RETURNING {keys}"  # every name comes from a Table of ours
    )
