"""Two projections compared: at the same place in the log they must hold the same rows.

Rows are counted and hashed by PostgreSQL, where they lie.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chassis.database import Database, Transaction
from sqlalchemy import Table

from portal_read.projection.names import consumer_names
from portal_read.projection.register import CommandRefused, find_projection
from portal_read.projection.tables import tables

_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_PLAIN: Final = "SELECT set_config('TimeZone', 'UTC', true), set_config('statement_timeout', '0', true)"
_FIND_POSITIONS: Final = (
    "SELECT consumer, topic, partition, next_offset FROM public.positions WHERE consumer = ANY(:consumers)"
)
# A part that its whole has left behind counts for nothing (`tables`), and is not compared.
_WHOLES: Final = {
    "business_slugs": "businesses w WHERE w.business_id = t.business_id AND w.version = t.version",
    "payment_invoices": "payments w WHERE w.business_id = t.business_id AND w.id = t.payment_id"
    " AND w.version = t.version",
}
_AGAIN_SECONDS: Final = 0.05
_KEYS_SHOWN: Final = 5

Positions = Mapping[tuple[int, str, int], int]
"""Offsets by the consumer's place among those of its projection, topic and partition."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows of a table and their SHA-256, in hex: equal rows have equal hashes."""

    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class TableComparison:
    """One table in both projections; `keys` are some of the rows that differ."""

    table: str
    one: Tally
    other: Tally
    keys: Sequence[str] = ()

    @property
    def equal(self) -> bool:
        """Whether both hold the same rows."""
        return self.one == self.other


@dataclass(frozen=True, slots=True)
class _Position:
    consumer: str
    topic: str
    partition: int
    next_offset: int


@dataclass(frozen=True, slots=True)
class _RowKey:
    key: str


async def compare(database: Database, one: str, other: str, *, within: float) -> list[TableComparison] | None:
    """Compare both in a snapshot in which they stand at equal positions.

    None when no such moment came within so many seconds. Raises `CommandRefused` for what can't be compared.
    """
    deadline = time.monotonic() + within
    while True:
        async with database.transaction() as tx:
            await begin_snapshot(tx)
            await _check(tx, one, other)
            positions = await find_positions(tx, one)
            if not positions:
                raise CommandRefused(f"{one} has read nothing yet: are the workers running?")
            if positions == await find_positions(tx, other):
                return await _compare_tables(tx, one, other)
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(_AGAIN_SECONDS)


async def begin_snapshot(tx: Transaction) -> None:
    """Make everything that this transaction reads be of one moment; its first statement, or it fails."""
    await tx.run(_SNAPSHOT)
    await tx.run(_PLAIN)


async def find_positions(tx: Transaction, schema: str) -> Positions:
    """How far in the log a projection is."""
    consumers = consumer_names(schema)
    rows = await tx.all(_FIND_POSITIONS, _Position, consumers=consumers)
    return {(consumers.index(row.consumer), row.topic, row.partition): row.next_offset for row in rows}


async def tally_tables(tx: Transaction, schema: str) -> dict[str, Tally]:
    """Every table of a projection, by name."""
    tallies: dict[str, Tally] = {}
    for table in tables(schema).all():
        (tallies[table.name],) = await tx.all(_tally(table), Tally)
    return tallies


async def _check(tx: Transaction, one: str, other: str) -> None:
    versions = [(await find_projection(tx, name)).schema_version for name in (one, other)]
    if versions[0] != versions[1]:
        raise CommandRefused(
            f"{one} has schema version {versions[0]}, {other} has {versions[1]}: their rows differ anyway."
        )


async def _compare_tables(tx: Transaction, one: str, other: str) -> list[TableComparison]:
    tallies = await tally_tables(tx, one), await tally_tables(tx, other)
    comparisons: list[TableComparison] = []
    for table, twin in zip(tables(one).all(), tables(other).all(), strict=True):
        tally, other_tally = (of[table.name] for of in tallies)
        rows: list[_RowKey] = []
        if tally != other_tally:
            rows = await tx.all(_differing(table, twin), _RowKey, limit=_KEYS_SHOWN)
        comparisons.append(TableComparison(table.name, tally, other_tally, [row.key for row in rows]))
    return comparisons


def _rows(table: Table) -> str:
    whole = _WHOLES.get(table.name)
    where = f" WHERE EXISTS (SELECT FROM {table.schema}.{whole})" if whole else ""
    return f"{table} t{where}"


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _tally(table: Table) -> str:
    order = ", ".join(f't.{key} COLLATE "C"' for key in _keys(table))
    row = "sha256(convert_to(t::text, 'UTF8'))"
    together = f"sha256(coalesce(string_agg({row}, ''::bytea ORDER BY {order}), ''))"
    return f"SELECT count(*) AS rows, encode({together}, 'hex') AS hash FROM {_rows(table)}"  # noqa: S608  # names of our own


def _differing(one: Table, other: Table) -> str:
    """Ids of rows that are not the same in both."""
    keys = ", ".join(_keys(one))
    key = " || '/' || ".join(_keys(one))
    select = f"SELECT {keys}, t::text AS row FROM"
    sides = [f"{select} {_rows(table)}" for table in (one, other)]
    return (
        f"SELECT {key} AS key FROM ({sides[0]}) a FULL JOIN ({sides[1]}) b USING ({keys})"  # noqa: S608  # the same
        f" WHERE a.row IS DISTINCT FROM b.row ORDER BY {keys} LIMIT :limit"
    )
