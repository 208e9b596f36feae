"""Dead letters: records that could not be applied, kept whole and encrypted for 25 days, blocking nothing."""

import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
from servicehub_events import LARGEST_SEQUENCE
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.encryption import FieldCipher
from chassis.events_in.failures import SlowDown

KEPT_DAYS: Final = 25
"""Within a month of its erasure nothing about a person may be left, here neither."""

_ADD = text(
    'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause, key, sequence)'
    " VALUES (:consumer, :topic, :partition, :offset, :record, :code, :cause, :key, :sequence)"
    " ON CONFLICT DO NOTHING"
)
_FORGET = text(f"DELETE FROM dead_letters WHERE set_aside_at < now() - interval '{KEPT_DAYS} days'")  # noqa: S608
_KEY = re.compile(r"[^/\x00-\x1f\x7f]{1,64}/[^/\x00-\x1f\x7f]{1,64}\Z")
_DIGITS = re.compile(rb"[0-9]{1,19}\Z")


class RawRecord(msgspec.Struct, frozen=True, array_like=True):
    """A Kafka record as it came, byte for byte; what is not UTF-8 in a header's name is U+FFFD."""

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

    @property
    def key(self) -> str | None:
        """`{business}/{id}` of the aggregate it is about, if that can be told."""
        if self.code == "key_mismatch" or not self.raw.key:
            return None
        key = self.raw.key.decode(errors="replace")
        return key if _KEY.match(key) and "\N{REPLACEMENT CHARACTER}" not in key else None

    @property
    def sequence(self) -> int | None:
        """Its `ce_sequence`, if that can be read."""
        found = [value for name, value in self.raw.headers if name == "ce_sequence"]
        if len(found) != 1 or not found[0] or not _DIGITS.match(found[0]):
            return None
        return number if (number := int(found[0])) <= LARGEST_SEQUENCE else None


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
    """Store letters in the transaction that moves past them."""
    if not letters:
        return
    rows: list[dict[str, object]] = []
    for letter in letters:
        plain = msgspec.msgpack.encode(letter.raw)
        where = {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset}
        record = cipher.encrypt(plain, context=f"dead_letters/{consumer}")
        why = {"code": letter.code, "cause": letter.cause.replace("\x00", "")}  # PostgreSQL holds no NUL
        about = {"key": letter.key, "sequence": letter.sequence}
        rows.append({**where, **why, **about, "consumer": consumer, "record": record})
    await connection.execute(_ADD, rows)


async def forget(connection: AsyncConnection) -> None:
    """Delete all that is older than 25 days, of every consumer, also of those that run no more."""
    await connection.execute(_FORGET)


def open_record(cipher: FieldCipher, consumer: str, stored: bytes) -> RawRecord:
    """The record inside a stored letter; raises `Undecipherable`."""
    plain = cipher.decrypt(stored, context=f"dead_letters/{consumer}")
    return msgspec.msgpack.decode(plain, type=RawRecord)
