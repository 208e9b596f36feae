"""Two projections compared: rows and a hash for each table, as PostgreSQL computes them where they lie."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from portal_read.projection.names import lanes
from portal_read.projection.tables import tables

_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
_PLAIN = text("SELECT set_config('TimeZone', 'UTC', true), set_config('statement_timeout', '0', true)")
_POSITIONS = text(
    "SELECT consumer, topic, partition, next_offset FROM public.positions WHERE consumer = ANY(:lanes)"
)
# A part that its whole has left behind counts for nothing (`tables`), and is not compared.
_WHOLES: Final = {
    "business_slugs": "businesses w WHERE w.business_id = t.business_id AND w.version = t.version",
    "payment_invoices": "payments w WHERE w.business_id = t.business_id AND w.id = t.payment_id"
    " AND w.version = t.version",
}
Positions = Mapping[tuple[int, str, int], int]
"""By lane, topic and partition."""


class Tally(NamedTuple):
    """Rows of a table and their SHA-256, in hex: equal rows have equal hashes."""

    rows: int
    hash: str


async def snapshot(connection: AsyncConnection) -> None:
    """Make everything that this transaction reads be of one moment; its first statement, or it fails."""
    await connection.execute(_SNAPSHOT)
    await connection.execute(_PLAIN)


async def positions(connection: AsyncConnection, schema: str) -> Positions:
    """How far in the log a projection is."""
    names = list(lanes(schema))
    found = await connection.execute(_POSITIONS, {"lanes": names})
    return {(names.index(consumer), topic, part): at for consumer, topic, part, at in found}


async def tallies(connection: AsyncConnection, schema: str) -> dict[str, Tally]:
    """Every table of a projection, by name."""
    found: dict[str, Tally] = {}
    for table in tables(schema).all():
        row = (await connection.execute(text(_tally(table)))).one()
        found[table.name] = Tally(row[0], row[1])
    return found


async def differing(connection: AsyncConnection, one: Table, other: Table, most: int) -> list[str]:
    """Keys of rows that are not the same in both, at most so many: ids only."""
    found = await connection.scalars(text(_differing(one, other)), {"most": most})
    return [str(key) for key in found]


def _rows(table: Table) -> str:
    whole = _WHOLES.get(table.name)
    where = f" WHERE EXISTS (SELECT FROM {table.schema}.{whole})" if whole else ""
    return f"{table} t{where}"


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _tally(table: Table) -> str:
    order = ", ".join(f't.{key} COLLATE "C"' for key in _keys(table))
    each = "sha256(convert_to(t::text, 'UTF8'))"
    together = f"sha256(coalesce(string_agg({each}, ''::bytea ORDER BY {order}), ''))"
    return f"SELECT count(*), encode({together}, 'hex') FROM {_rows(table)}"  # noqa: S608  # names of our own


def _differing(one: Table, other: Table) -> str:
    keys = ", ".join(_keys(one))
    key = " || '/' || ".join(_keys(one))
    select = f"SELECT {keys}, t::text AS row FROM"
    sides = [f"{select} {_rows(table)}" for table in (one, other)]
    return (
        f"SELECT {key} FROM ({sides[0]}) a FULL JOIN ({sides[1]}) b USING ({keys})"  # noqa: S608  # the same
        f" WHERE a.row IS DISTINCT FROM b.row ORDER BY {keys} LIMIT :most"
    )
