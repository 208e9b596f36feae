"""Dead letters as an operator asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS = (
    'number, consumer, topic, partition, "offset", key, sequence, code, cause, set_aside_at, superseded_at,'
    " retry_at, tries, tried_at"
)


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter without its record."""

    number: int
    consumer: str
    topic: str
    partition: int
    offset: int
    key: str | None
    sequence: int | None
    code: str
    cause: str
    set_aside_at: datetime
    superseded_at: datetime | None
    retry_at: datetime | None
    tries: int
    tried_at: datetime | None

    @property
    def where(self) -> str:
        """`topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def about(self) -> str:
        """The aggregate and its version, as far as they could be read."""
        version = "" if self.sequence is None else f" v{self.sequence}"
        return f"{self.key or '?'}{version}"

    @property
    def state(self) -> str:
        """What became of it."""
        if self.retry_at:
            return "retry asked"
        if self.superseded_at:
            return "superseded"
        return f"waiting, tried {self.tries}×" if self.tries else "waiting"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters: by number, or all that fit every given filter. `superseded` None means either."""

    numbers: Sequence[int] = ()
    consumer: str | None = None
    code: str | None = None
    topic: str | None = None
    superseded: bool | None = None

    def where(self) -> tuple[str, dict[str, object]]:
        """As SQL: words of ours alone (hence the S608 below), every value a parameter."""
        terms, values = ["true"], dict[str, object]()
        for name, value in (("consumer", self.consumer), ("code", self.code), ("topic", self.topic)):
            if value is not None:
                terms.append(f"{name} = :{name}")
                values[name] = value
        if self.numbers:
            terms.append("number = ANY(:numbers)")
            values["numbers"] = list(self.numbers)
        if self.superseded is not None:
            terms.append(f"superseded_at IS {'NOT ' if self.superseded else ''}NULL")
        return " AND ".join(terms), values


async def find(connection: AsyncConnection, choice: Choice, most: int | None = None) -> list[Letter]:
    """The newest first."""
    where, values = choice.where()
    statement = f"SELECT {_COLUMNS} FROM dead_letters WHERE {where} ORDER BY number DESC LIMIT :most"  # noqa: S608
    rows = await connection.execute(text(statement), {**values, "most": most})
    return [msgspec.convert(dict(row), Letter) for row in rows.mappings()]


async def count(connection: AsyncConnection, choice: Choice) -> int:
    """How many fit."""
    where, values = choice.where()
    return await connection.scalar(text(f"SELECT count(*) FROM dead_letters WHERE {where}"), values) or 0  # noqa: S608


async def stored_record(connection: AsyncConnection, number: int) -> bytes:
    """The encrypted record of a letter that is there."""
    row = await connection.execute(
        text("SELECT record FROM dead_letters WHERE number = :number"), {"number": number}
    )
    return bytes(row.scalar_one())


async def ask_retry(connection: AsyncConnection, choice: Choice) -> list[int]:
    """Ask the consumers to try them again; gives their numbers."""
    where, values = choice.where()
    rows = await connection.execute(
        text(f"UPDATE dead_letters SET retry_at = now() WHERE {where} RETURNING number"),  # noqa: S608
        values,
    )
    return sorted(rows.scalars())


async def drop(connection: AsyncConnection, choice: Choice) -> int:
    """Delete them for good."""
    where, values = choice.where()
    return (await connection.execute(text(f"DELETE FROM dead_letters WHERE {where}"), values)).rowcount  # noqa: S608
