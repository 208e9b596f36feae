"""Dead letters that an operator wants tried again: `portal dlq retry` asks, the owning consumer tries.

The stored record is decoded and applied as if it came from Kafka now; it is never published again. One
transaction applies the event and deletes the letter, or keeps the letter with its new cause.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database.database import Database, is_transient
from chassis.encryption import FieldCipher, Undecipherable
from chassis.events_in.dead_letters import DeadLetter, open_record
from chassis.events_in.failures import Poison, Retry, SlowDown
from chassis.events_in.positions import TopicPartition
from chassis.events_in.records import Batch, Received, read
from chassis.observability import telemetry

log = structlog.get_logger(__name__)
_retried = telemetry.meter.create_counter("portal_dead_letters_retried")

Apply = Callable[[AsyncConnection, Sequence[Received]], Awaitable[None]]
"""Applies events in the given transaction. Raises `Retry`, `Poison` or `SlowDown`."""

_MOST = 20
"""Letters at a time, so that many of them hold nothing else up."""

_TAKE = text(
    'SELECT number, topic, partition, "offset", record FROM dead_letters'
    " WHERE consumer = :consumer AND retry_at <= now() AND topic || '/' || partition = ANY(:assigned)"
    " ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_DONE = text("DELETE FROM dead_letters WHERE number = :number")
_KEEP = text(
    "UPDATE dead_letters SET code = :code, cause = :cause, retry_at = NULL, tries = tries + 1,"
    " tried_at = now() WHERE number = :number"
)
_LATER = text("UPDATE dead_letters SET retry_at = now() + interval '3 seconds' WHERE number = :number")


@dataclass(frozen=True, slots=True)
class _Stored:
    """A `chassis.kafka.clients.Record` out of a letter."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def letter_of(consumer: str, event: Received, error: Exception) -> DeadLetter:
    """The letter of an event that cannot be applied; an error that is no `Poison` is logged whole."""
    code, cause = "not_applicable", type(error).__name__
    if isinstance(error, Poison):
        code, cause = error.code, str(error)
    else:
        log.error("consumer.not_applicable", consumer=consumer, exc_info=error)
    return DeadLetter(event.topic, event.partition, event.offset, event.raw, code, cause)


class Retrying:
    """Tries the letters of one consumer again."""

    def __init__(self, consumer: str, database: Database, cipher: FieldCipher, apply: Apply) -> None:
        self._consumer = consumer
        self._database = database
        self._cipher = cipher
        self._apply = apply

    async def work(self, assigned: Mapping[TopicPartition, int]) -> None:
        """Try what was asked for of these partitions; the values say how many each one's topic has."""
        for _ in range(_MOST):
            if not await self._next(assigned):
                return

    async def _next(self, assigned: Mapping[TopicPartition, int]) -> bool:
        number: int | None = None
        names = {f"{tp.topic}/{tp.partition}": count for tp, count in assigned.items()}
        try:
            async with self._database.transaction() as connection:
                taken = {"consumer": self._consumer, "assigned": list(names)}
                row = (await connection.execute(_TAKE, taken)).first()
                if row is None:
                    return False
                number = row.number
                place = (row.topic, row.partition, row.offset)
                kept = await self._try(connection, place, row.record, names[f"{row.topic}/{row.partition}"])
                if kept is None:
                    await connection.execute(_DONE, {"number": number})
                else:
                    await connection.execute(_KEEP, {"number": number, "code": kept[0], "cause": kept[1]})
        except Exception as error:  # what may pass is tried later, the rest is raised
            if number is None or not (isinstance(error, Retry | SlowDown) or is_transient(error)):
                raise
            log.warning("dead_letters.later", consumer=self._consumer, number=number, reason=repr(error))
            async with self._database.transaction() as connection:
                await connection.execute(_LATER, {"number": number})
            return True
        outcome = kept[0] if kept else "applied"
        _retried.add(1, {"consumer": self._consumer, "outcome": outcome})
        log.info("dead_letters.retried", consumer=self._consumer, number=number, outcome=outcome)
        return True

    async def _try(
        self, connection: AsyncConnection, place: tuple[str, int, int], stored: bytes, partitions: int
    ) -> tuple[str, str] | None:
        """Apply one letter's event; gives back code and cause when it still cannot be applied."""
        try:
            raw = open_record(self._cipher, self._consumer, bytes(stored))
        except Undecipherable as error:
            return "undecipherable", f"{error}: put the key that it was written with into DEAD_LETTER_KEYS"
        batch = Batch()
        read([_Stored(*place, raw.key, raw.value, raw.headers)], partitions, batch)
        letters = list(batch.letters)
        for event in batch.events:
            try:
                async with connection.begin_nested():
                    await self._apply(connection, [event])
            except (Retry, SlowDown):
                raise
            except Exception as error:  # what may pass is raised; `letter_of` logs the rest
                if is_transient(error):
                    raise
                letters.append(letter_of(self._consumer, event, error))
        return (letters[0].code, letters[0].cause.replace("\x00", "")) if letters else None
