"""Tables of what others own: a row is replaced only by a higher version, whatever order events arrive in."""

import json
from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

Row = Mapping[str, object]
"""Values by column name, as JSON knows them; bytes as `\\x` and hex, times as RFC 3339 text."""


async def put(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Upsert rows of a table that has a `version` column, in one statement.

    Returns the primary keys of the rows that were really written: a lower or equal version changes nothing.
    """
    newest: dict[tuple[object, ...], Row] = {}
    keys = [column.name for column in table.primary_key]
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key not in newest or _version(row) > _version(newest[key]):
            newest[key] = row
    if not newest:
        return []
    ordered = [newest[key] for key in sorted(newest, key=str)]  # one order for everybody: no deadlocks
    written = await connection.execute(_statement(table), {"rows": json.dumps(ordered)})
    return [tuple(row) for row in written]


def _version(row: Row) -> int:
    version = row["version"]
    if not isinstance(version, int):
        raise TypeError("a row needs an integer `version`")
    return version


@cache
def _statement(table: Table) -> TextClause:
    dialect = postgresql.dialect()
    name = f"{table.schema}.{table.name}" if table.schema else table.name
    columns = [c.name for c in table.columns if c.server_default is None]
    types = ", ".join(f"{c} {table.columns[c].type.compile(dialect)}" for c in columns)
    keys = ", ".join(column.name for column in table.primary_key)
    rest = [c for c in columns if c not in table.primary_key.columns]
    # Every name in it comes from a Table of ours.
    return text(
        f"INSERT INTO {name} AS old ({', '.join(columns)}) SELECT {', '.join(columns)}"  # noqa: S608
        f" FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({types})"
        f" ON CONFLICT ({keys}) DO UPDATE SET {', '.join(f'{c} = EXCLUDED.{c}' for c in rest)}"
        f" WHERE old.version < EXCLUDED.version RETURNING {keys}"  # every name comes from a Table of ours
    )
