"""Tables of what others own: a row is replaced only by a higher version, whatever order events arrive in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import cast

import msgspec
from psycopg.types.json import Jsonb
from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import TextClause

from chassis.database.hot_path import Cursor, Driver
from chassis.database.transaction import Transaction

Row = Mapping[str, object]
"""Values by column name, as JSON knows them; bytes as `\\x` and hex, days and times as they are.

What is JSON already comes as `msgspec.Raw`: turning states into values and those into JSON again was half of
what Python did for a batch of the projector.
"""

_encode = msgspec.json.Encoder().encode


async def store(driver: Driver, table: Table, rows: Sequence[Row]) -> Cursor:
    """As `put`, in a pipeline, of rows that are the `newest` of their keys.

    At the end of the pipeline the cursor's `rowcount` is how many were really written.
    """
    return await driver.execute(_pipelined(table), (Jsonb(rows, dumps=_encode),))


async def put(tx: Transaction, table: Table, rows: Iterable[Row]) -> set[tuple[object, ...]]:
    """Upsert rows of a table that has a `version` column, in one statement.

    Returns the primary keys of the rows that were really written: a lower or equal version changes nothing.
    """
    if not (ordered := newest(table, rows)):
        return set()
    written = await tx.connection.execute(_statement(table), {"rows": _encode(ordered).decode()})
    return {tuple(row) for row in written}


def newest(table: Table, rows: Iterable[Row]) -> Sequence[Row]:
    """The highest version of each key, in one order for everybody: no deadlocks."""
    # One text, or a tuple of texts: either can be compared.
    key_of = cast(Callable[[Row], str], itemgetter(*(column.name for column in table.primary_key)))
    newest: dict[str, Row] = {}
    for row in rows:
        key = key_of(row)
        if (known := newest.get(key)) is None or _version(row) > _version(known):
            newest[key] = row
    return [newest[key] for key in sorted(newest)]


def _version(row: Row) -> int:
    version = row["version"]
    if not isinstance(version, int):
        raise TypeError("a row needs an integer `version`")
    return version


@cache
def _statement(table: Table) -> TextClause:
    keys = ", ".join(column.name for column in table.primary_key)
    return text(f"{_upsert(table, 'CAST(:rows AS jsonb)')} RETURNING {keys}")


@cache
def _pipelined(table: Table) -> bytes:
    return _upsert(table, "%s").encode()


def _upsert(table: Table, rows: str) -> str:
    dialect = postgresql.dialect()
    columns = [c.name for c in table.columns if c.server_default is None]
    types = ", ".join(f"{c} {table.columns[c].type.compile(dialect)}" for c in columns)
    keys = ", ".join(column.name for column in table.primary_key)
    rest = [c for c in columns if c not in table.primary_key.columns]
    # Every name in it comes from a Table of ours.
    return (
        f"INSERT INTO {table} AS old ({', '.join(columns)}) SELECT {', '.join(columns)}"  # noqa: S608
        f" FROM jsonb_to_recordset({rows}) AS r({types})"
        f" ON CONFLICT ({keys}) DO UPDATE SET {', '.join(f'{c} = EXCLUDED.{c}' for c in rest)}"
        " WHERE old.version < EXCLUDED.version"
    )
