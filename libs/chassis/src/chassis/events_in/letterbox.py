"""The dead letters of one consumer, from being set aside to being forgotten."""

import time
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database.database import Database
from chassis.encryption import FieldCipher
from chassis.events_in import dead_letters
from chassis.events_in.dead_letters import Brake, DeadLetter
from chassis.events_in.positions import TopicPartition
from chassis.events_in.records import Received
from chassis.events_in.retrying import Apply, Retrying
from chassis.events_in.superseding import Superseding
from chassis.observability import telemetry

log = structlog.get_logger(__name__)
_aside = telemetry.meter.create_counter("portal_dead_letters")
_waiting = telemetry.meter.create_gauge("portal_dead_letters_waiting", description="not superseded")

_LOOK_SECONDS = 1.0
_UPKEEP_SECONDS = 60.0
_COUNT = text("SELECT count(*) FROM dead_letters WHERE consumer = :consumer AND superseded_at IS NULL")


class Letterbox:
    """Sets aside within the limit, marks what is superseded, tries again what is asked for, forgets."""

    def __init__(
        self, consumer: str, database: Database, cipher: FieldCipher, brake: Brake, apply: Apply
    ) -> None:
        self._consumer = consumer
        self._database = database
        self._cipher = cipher
        self._brake = brake
        self._retrying = Retrying(consumer, database, cipher, apply)
        self._superseding = Superseding(consumer)
        self._looked = self._kept_up = float("-inf")

    @property
    def room(self) -> int:
        """How many letters may be set aside now."""
        return self._brake.room

    def placed(self) -> None:
        """Other partitions are ours now."""
        self._superseding.forget()

    async def settle(
        self, connection: AsyncConnection, letters: Sequence[DeadLetter], applied: Sequence[Received]
    ) -> None:
        """Set aside, in the transaction of what was applied. Raises `TooManyLetters`."""
        await dead_letters.set_aside(connection, self._consumer, self._cipher, letters)
        await self._superseding.mark(connection, letters, applied)
        self._brake.take(len(letters))

    def tell(self, letters: Sequence[DeadLetter]) -> None:
        """Count and log them, once their transaction is committed."""
        for letter in letters:
            _aside.add(1, {"consumer": self._consumer, "code": letter.code})
            where = f"{letter.topic}/{letter.partition}/{letter.offset}"
            log.error(
                "consumer.set_aside", consumer=self._consumer, at=where, code=letter.code, why=letter.cause
            )

    async def look(self, assigned: Mapping[TopicPartition, int]) -> None:
        """Once a second: retries asked for. Once a minute: upkeep.

        `assigned` says of each partition of ours how many its topic has.
        """
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        if now - self._kept_up >= _UPKEEP_SECONDS:
            await self._keep_up()
            self._kept_up = now
        await self._retrying.work(assigned)

    async def _keep_up(self) -> None:
        async with self._database.transaction() as connection:
            await dead_letters.forget(connection)
            await self._superseding.load(connection)
            count = await connection.scalar(_COUNT, {"consumer": self._consumer})
        _waiting.set(count or 0, {"consumer": self._consumer})
