"""A transaction as stores see it: statements with named parameters, rows typed by their columns' names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction of one business, or of none in particular (`business_id` is "").

    Each method takes SQL with parameters such as `:slug`, and their values by name. The transaction's own
    business is bound to `:business_id` unless a value says otherwise.
    """

    connection: AsyncConnection
    business_id: str = ""

    def of(self, business_id: str) -> "Transaction":
        """This transaction, as statements on one business's rows see it. Changes no right of the role."""
        return replace(self, business_id=business_id)

    async def one(self, sql: str, kind: type[K], /, **values: object) -> K | None:
        """The first row as a `kind`, a struct or dataclass whose fields are the columns; None without a row.

        Raises `msgspec.ValidationError` when a column's type is not its field's.
        """
        row = (await self.connection.execute(_statement(sql), self._bound(values))).mappings().first()
        return None if row is None else msgspec.convert(dict(row), kind)

    async def all(self, sql: str, kind: type[K], /, **values: object) -> list[K]:
        """Every row, as `one` gives them."""
        rows = (await self.connection.execute(_statement(sql), self._bound(values))).mappings()
        return [msgspec.convert(dict(row), kind) for row in rows]

    async def value(self, sql: str, kind: type[K], /, **values: object) -> K | None:
        """The first column of the first row, as a `kind`; None without a row, or for NULL."""
        value = await self.connection.scalar(_statement(sql), self._bound(values))
        return None if value is None else msgspec.convert(value, kind)

    async def run(self, sql: str, /, **values: object) -> int:
        """Run a statement; how many rows it changed."""
        return (await self.connection.execute(_statement(sql), self._bound(values))).rowcount

    async def run_each(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> None:
        """Run a statement once for each row of values; without any, nothing is sent."""
        if rows:
            await self.connection.execute(_statement(sql), [self._bound(row) for row in rows])

    def _bound(self, values: Mapping[str, object]) -> dict[str, object]:
        return {"business_id": self.business_id, **values} if self.business_id else dict(values)


@cache
def _statement(sql: str) -> TextClause:
    return text(sql)
