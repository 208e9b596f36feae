"""Dead letters: records that could not be applied, kept whole and encrypted for 25 days, blocking nothing."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.crypto import FieldCipher
from chassis.failures import SlowDown

_ADD = text(
    'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause)'
    " VALUES (:consumer, :topic, :partition, :offset, :record, :code, :cause) ON CONFLICT DO NOTHING"
)
_FORGET = text("DELETE FROM dead_letters WHERE set_aside_at < now() - interval '25 days'")


class RawRecord(msgspec.Struct, frozen=True, array_like=True):
    """A Kafka record as it came, byte for byte."""

    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None


class DeadLetter(NamedTuple):
    """One record set aside. `cause` names fields and rules, never what a person wrote."""

    topic: str
    partition: int
    offset: int
    raw: RawRecord
    code: str
    cause: str


class TooManyLetters(SlowDown):
    """More dead letters than the limit allows now; a smaller batch may fit."""


class Brake:
    """At most so many dead letters a minute, so that a broken build does not set everything aside."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._times: deque[float] = deque()

    @property
    def room(self) -> int:
        """How many letters fit now."""
        now = self._monotonic()
        while self._times and self._times[0] <= now - 60:
            self._times.popleft()
        return self._per_minute - len(self._times)

    def take(self, count: int) -> None:
        """Count `count` letters; raises `TooManyLetters` when they would pass the limit."""
        if count > self.room:
            raise TooManyLetters(f"{count} more dead letters, the limit is {self._per_minute} a minute")
        self._times.extend([self._monotonic()] * count)


async def set_aside(
    connection: AsyncConnection, consumer: str, cipher: FieldCipher, letters: Sequence[DeadLetter]
) -> None:
    """Store letters in the transaction that moves past them; forget those older than 25 days."""
    if not letters:
        return
    rows: list[dict[str, object]] = []
    for letter in letters:
        plain = msgspec.msgpack.encode(letter.raw)
        where = {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset}
        record = cipher.encrypt(plain, context=f"dead_letters/{consumer}")
        why = {"code": letter.code, "cause": letter.cause.replace("\x00", "")}  # PostgreSQL holds no NUL
        rows.append({**where, **why, "consumer": consumer, "record": record})
    await connection.execute(_ADD, rows)
    await connection.execute(_FORGET)


def open_record(cipher: FieldCipher, consumer: str, stored: bytes) -> RawRecord:
    """The record inside a stored letter; raises `Undecipherable`."""
    plain = cipher.decrypt(stored, context=f"dead_letters/{consumer}")
    return msgspec.msgpack.decode(plain, type=RawRecord)
