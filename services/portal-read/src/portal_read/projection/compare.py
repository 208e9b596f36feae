"""Two projections compared: at the same place in the log they must hold the same rows.

Equal rows never lie equally, as each is encrypted anew: they are opened here, counted and hashed.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, NamedTuple

from chassis.database import Database, Transaction
from chassis.encryption import Undecipherable
from sqlalchemy import Table, text

from portal_read.projection.names import SCHEMA_VERSION, consumer_names
from portal_read.projection.register import CommandRefused, find_projection
from portal_read.projection.sealed_states import StateCipher
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


class _RowDigest(NamedTuple):
    """The primary key, and SHA-256 over all columns, the state opened."""

    key: tuple[str, ...]
    digest: bytes


async def compare(
    database: Database, one: str, other: str, cipher: StateCipher, *, within: float
) -> list[TableComparison] | None:
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
                return await _compare_tables(tx, one, other, cipher)
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


async def tally_tables(tx: Transaction, schema: str, cipher: StateCipher) -> dict[str, Tally]:
    """Every table of a projection, by name. Raises `CommandRefused` for a state that cannot be opened."""
    return {table.name: await _tally(tx, table, cipher) for table in tables(schema).all()}


async def _check(tx: Transaction, one: str, other: str) -> None:
    versions = [(await find_projection(tx, name)).schema_version for name in (one, other)]
    if versions[0] != versions[1]:
        raise CommandRefused(
            f"{one} has schema version {versions[0]}, {other} has {versions[1]}: their rows differ anyway."
        )
    if versions[0] != SCHEMA_VERSION:
        raise CommandRefused(
            f"{one} and {other} have schema version {versions[0]}, and this build reads {SCHEMA_VERSION}:"
            " compare them with the build that made them."
        )


async def _compare_tables(
    tx: Transaction, one: str, other: str, cipher: StateCipher
) -> list[TableComparison]:
    comparisons: list[TableComparison] = []
    for table, twin in zip(tables(one).all(), tables(other).all(), strict=True):
        tally, other_tally = await _tally(tx, table, cipher), await _tally(tx, twin, cipher)
        keys = await _differing(tx, table, twin, cipher) if tally != other_tally else ()
        comparisons.append(TableComparison(table.name, tally, other_tally, ["/".join(key) for key in keys]))
    return comparisons


async def _tally(tx: Transaction, table: Table, cipher: StateCipher) -> Tally:
    count, together = 0, hashlib.sha256()
    async with aclosing(_digests(tx, table, cipher)) as rows:
        async for row in rows:
            count += 1
            together.update(row.digest)
    return Tally(count, together.hexdigest())


async def _differing(
    tx: Transaction, one: Table, other: Table, cipher: StateCipher
) -> Sequence[tuple[str, ...]]:
    """The first keys of rows that are not the same in both; both sides come in the order of their keys."""
    keys: list[tuple[str, ...]] = []
    async with aclosing(_digests(tx, one, cipher)) as rows, aclosing(_digests(tx, other, cipher)) as others:
        row, twin = await anext(rows, None), await anext(others, None)
        while (row or twin) and len(keys) < _KEYS_SHOWN:
            key = min(side.key for side in (row, twin) if side)
            if row != twin:
                keys.append(key)
            if row and row.key == key:
                row = await anext(rows, None)
            if twin and twin.key == key:
                twin = await anext(others, None)
    return keys


async def _digests(tx: Transaction, table: Table, cipher: StateCipher) -> AsyncGenerator[_RowDigest]:
    """Every row in the order of its key. Raises `CommandRefused` for a state that cannot be opened."""
    keys = [column.name for column in table.primary_key]
    async with tx.connection.stream(text(_select(table, keys))) as found:
        async for *key, version, columns, state in found:
            digest = hashlib.sha256(columns.encode())
            if state is not None:
                digest.update(_opened(cipher, table.name, key, version, state))
            yield _RowDigest(tuple(key), digest.digest())


def _select(table: Table, keys: Sequence[str]) -> str:
    columns = ", ".join(f"t.{column.name}" for column in table.columns if column.name != "state")
    state = "t.state" if "state" in table.columns else "NULL"
    whole = _WHOLES.get(table.name)
    where = f" WHERE EXISTS (SELECT FROM {table.schema}.{whole})" if whole else ""
    order = ", ".join(f't.{key} COLLATE "C"' for key in keys)  # as Python orders texts
    key = ", ".join(f"t.{key}" for key in keys)
    return f"SELECT {key}, t.version, ROW({columns})::text, {state} FROM {table} t{where} ORDER BY {order}"  # noqa: S608  # names of our own


def _opened(cipher: StateCipher, table: str, key: Sequence[str], version: int, state: bytes) -> bytes:
    try:
        return cipher.open(table, key[0], key[-1], version, state)
    except Undecipherable as error:
        raise CommandRefused(
            f"{table} {'/'.join(key)}: {error}. Put the key that it was written with into"
            " FIELD_ENCRYPTION_KEYS."
        ) from None
