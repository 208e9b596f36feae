"""Rotation of the keys that rows are written with: which key wrote what, and writing it anew.

A stored value begins with the id of its key. A new key stands first in its ring; once nothing is left under
the former one, that may go.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec

from chassis.database import Transaction
from chassis.encryption import FieldCipher

ROWS_AT_ONCE = 500
"""Rows a transaction: they are locked for as long, some hundredths of a second."""

_KID = "encode(substring({c} FROM 2 FOR get_byte({c}, 0)), 'escape')"
_KID_OF_INDEX = "split_part({c}, '.', 1)"
_COUNT = (
    "SELECT {kid} AS kid, count(*) AS rows FROM {table} WHERE octet_length({c}) > 0 GROUP BY 1 ORDER BY 1"
)
# Who is about to write the same row comes first; the row is looked for again.
_LOCK = (
    "SELECT ctid::text AS place, {c} AS value, {context} AS context FROM {table}"
    " WHERE octet_length({c}) > 0 AND substring({c} FROM 1 FOR octet_length(:prefix)) <> :prefix"
    " LIMIT :limit FOR UPDATE SKIP LOCKED"
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


async def rewrite_some(tx: Transaction, column: KeyedColumn, cipher: FieldCipher) -> int:
    """Encrypt some rows anew that the current key did not write; how many. Raises `Undecipherable`."""
    names = {"table": column.table, "c": column.column, "context": column.context}
    rows = await tx.all(_LOCK.format(**names), _Row, prefix=cipher.current_prefix, limit=ROWS_AT_ONCE)
    values = [{"place": row.place, "value": _rewritten(cipher, row)} for row in rows]
    await tx.run_each(_REWRITE.format(**names), values)
    return len(rows)


def _rewritten(cipher: FieldCipher, row: _Row) -> bytes:
    return cipher.encrypt(cipher.decrypt(row.value, context=row.context), context=row.context)
