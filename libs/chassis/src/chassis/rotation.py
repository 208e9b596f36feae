"""Rotation of the keys that rows are written with: which key wrote what, and writing it anew.

A stored value begins with the id of its key. A new key stands first in its ring; once nothing is left under
the former one, that may go.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec

from chassis.database import Transaction
from chassis.encryption import FieldCipher

BLOCKS_AT_ONCE = 64
"""Blocks of a table a transaction: half a megabyte, whose rows are locked for some hundredths of a second."""

_KID = "encode(substring({c} FROM 2 FOR get_byte({c}, 0)), 'escape')"
_KID_OF_INDEX = "split_part({c}, '.', 1)"
_COUNT = (
    "SELECT {kid} AS kid, count(*) AS rows FROM {table} WHERE octet_length({c}) > 0 GROUP BY 1 ORDER BY 1"
)
_COUNT_BLOCKS = (
    "SELECT pg_relation_size(CAST(:table AS regclass)) / CAST(current_setting('block_size') AS bigint)"
)
# By blocks, so that no row is read twice. Who is about to write the same row comes first.
_LOCK = (
    "SELECT ctid::text AS place, {c} AS value, {context} AS context FROM {table}"
    " WHERE ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid) AND octet_length({c}) > 0"
    " AND substring({c} FROM 1 FOR octet_length(:prefix)) <> :prefix FOR UPDATE SKIP LOCKED"
)
_REWRITE = "UPDATE {table} SET {c} = :value WHERE ctid = CAST(:place AS tid)"


@dataclass(frozen=True, slots=True)
class KeyedColumn:
    """A column whose values begin with the id of the key that wrote them; an `index` is a blind one.

    `ring` is the setting that holds its keys, `context` SQL for what a row's value is encrypted for. Without
    one its service rewrites it together with others, or it runs out by itself.
    """

    ring: str
    table: str
    column: str
    context: str = ""
    index: bool = False

    @property
    def place(self) -> str:
        """`table.column`."""
        return f"{self.table}.{self.column}"


FindKeyedColumns = Callable[[Transaction], Awaitable[Sequence[KeyedColumn]]]
"""Finds the columns of a service's database."""


class KeyUse(msgspec.Struct, frozen=True):
    """How many rows a key wrote."""

    kid: str
    rows: int


class _Row(msgspec.Struct, frozen=True):
    place: str
    value: bytes
    context: str


def in_columns(*columns: KeyedColumn) -> FindKeyedColumns:
    """Always these."""

    async def find(_tx: Transaction) -> Sequence[KeyedColumn]:
        return columns

    return find


async def count_keys(tx: Transaction, column: KeyedColumn) -> list[KeyUse]:
    """Which keys wrote what lies in a column."""
    kid = (_KID_OF_INDEX if column.index else _KID).format(c=column.column)
    return await tx.all(_COUNT.format(kid=kid, table=column.table, c=column.column), KeyUse)


async def count_blocks(tx: Transaction, column: KeyedColumn) -> int:
    """How many blocks the table of a column has; what is written from now on the current key writes."""
    return await tx.value(_COUNT_BLOCKS, int, table=column.table) or 0


async def rewrite_blocks(tx: Transaction, column: KeyedColumn, cipher: FieldCipher, first: int) -> int:
    """Encrypt anew what the current key did not write in `BLOCKS_AT_ONCE` blocks; how many rows.

    A row that somebody else has locked is left as it is. Raises `Undecipherable`.
    """
    names = {"table": column.table, "c": column.column, "context": column.context}
    blocks = {"first": f"({first},0)", "end": f"({first + BLOCKS_AT_ONCE},0)"}
    rows = await tx.all(_LOCK.format(**names), _Row, prefix=cipher.current_prefix, **blocks)
    values = [{"place": row.place, "value": _rewritten(cipher, row)} for row in rows]
    await tx.run_each(_REWRITE.format(**names), values)
    return len(rows)


def _rewritten(cipher: FieldCipher, row: _Row) -> bytes:
    return cipher.encrypt(cipher.decrypt(row.value, context=row.context), context=row.context)
