"""The consumer: reads topics in batches, applies them, and stores effect and position in one transaction.

Failures are of three kinds (`events_in.failures`). A batch that fails is applied again event by event, so
that a poison event costs only itself.
"""

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka.errors import KafkaError
from opentelemetry.trace import SpanKind
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.backoff import Backoff
from chassis.database.database import Database, is_transient
from chassis.encryption import FieldCipher
from chassis.events_in import positions
from chassis.events_in.ahead import ReadAhead
from chassis.events_in.dead_letters import Brake, DeadLetter, TooManyLetters
from chassis.events_in.failures import Retry, SlowDown
from chassis.events_in.letterbox import Letterbox
from chassis.events_in.places import Moves, Places, PositionBeyondEnd
from chassis.events_in.positions import LostPartition
from chassis.events_in.records import Batch, Received
from chassis.events_in.retrying import Apply, letter_of
from chassis.kafka import clients as kafka
from chassis.observability import telemetry
from chassis.observability.loop_health import Progress
from chassis.process.draining import finished
from chassis.settings.base import CommonSettings

__all__ = ["Apply", "Consumer", "PositionBeyondEnd", "Received"]

log = structlog.get_logger(__name__)
_applied = telemetry.meter.create_counter("portal_consumer_applied")

_MOST = 2000
"""Records a batch, unless dead letters abound."""
_COMMIT_SECONDS = 60.0


class _Watch(kafka.ConsumerRebalanceListener):
    """Counts rebalances: whatever was fetched before one must not be applied after it."""

    generation = 0
    member = False
    """Whether the group has said what is ours, be it nothing."""

    def on_partitions_revoked(self, revoked: object) -> None:
        self.generation, self.member = self.generation + 1, False

    def on_partitions_assigned(self, assigned: object) -> None:
        self.generation, self.member = self.generation + 1, True


class Consumer:
    """One named consumer of some topics. Its name is its Kafka group and the owner of its positions."""

    def __init__(
        self, name: str, topics: Sequence[str], apply: Apply, settings: CommonSettings, database: Database
    ) -> None:
        self.name = name
        self._topics = topics
        self._apply = apply
        self._settings = settings
        self._database = database
        cipher, brake = FieldCipher(settings.dead_letter_keys), Brake(settings.dead_letters_per_minute)
        self._letters = Letterbox(name, database, cipher, brake, apply)
        self._places = Places(name, database)
        self._watch = _Watch()
        self._placed = -1
        self._most = _MOST
        self._backoff = Backoff()
        self.progress = Progress()

    async def run(self) -> None:
        """Consume until cancelled; a lost broker or database is waited for. Raises `PositionBeyondEnd`."""
        while True:
            client = kafka.consumer(self._settings, group=self.name)
            ahead = ReadAhead(client, self._places)
            self._watch.member = False
            try:
                client.subscribe(list(self._topics), listener=self._watch)
                await client.start()
                await self._consume(client, ahead)
            except asyncio.CancelledError:
                await self._places.commit(client)
                raise
            except Exception as error:  # sorted below: what may pass is waited for, the rest ends the worker
                self.progress.failed(type(error).__name__)
                if not (is_transient(error) or isinstance(error, KafkaError | OSError)):
                    raise
                log.warning("consumer.interrupted", consumer=self.name, error=repr(error))
            finally:
                await ahead.drop()
                await kafka.stop(client)
            await self._backoff.wait()

    async def _consume(self, client: kafka.ConsumerClient, ahead: ReadAhead) -> None:
        while True:
            generation = self._watch.generation
            self.progress.waits_for("records")
            if generation != self._placed:
                await ahead.drop()
                await self._places.take(client)
                self._letters.placed()
                self._placed = generation
            batch, moves = await ahead.batch(self._most)
            if moves is None or self._watch.generation != generation:
                self._placed = -1
                continue
            try:
                await finished(self._settle(batch, moves))
            except LostPartition:
                self._placed = -1
                continue
            except TooManyLetters as error:
                await self._hold(error)
                self._most, self._placed = max(1, self._letters.room), -1
                continue
            if moves:
                self._most = min(_MOST, self._most * 2)
                self._backoff.reset()
            # After trouble it is well again only once something went through.
            if moves or (self._most == _MOST and self._watch.member and self._places.at_end(client)):
                self.progress.moved()
            await self._between(client)

    async def _between(self, client: kafka.ConsumerClient) -> None:
        """What is done between batches: tell how far it came, try dead letters again."""
        self.progress.waits_for("positions to be told, dead letters to be tried")
        async with asyncio.timeout(_COMMIT_SECONDS):
            await self._places.report(client)
            await self._letters.look(self._places.partitions(client))

    async def _settle(self, batch: Batch, moves: Moves) -> None:
        """Apply a batch and move on; transient failures are waited out here, holding the partitions.

        Raises `LostPartition`, and `TooManyLetters`: then the batch must be fetched anew, and smaller.
        """
        singly = False
        self.progress.waits_for(f"{len(batch.events)} events of {len(moves)} partitions to be applied")
        while moves:
            try:
                async with asyncio.timeout(_COMMIT_SECONDS):  # a frozen server is as good as none
                    await self._commit(batch, moves, singly=singly)
            except (LostPartition, TooManyLetters):
                raise
            except (Retry, SlowDown) as error:
                await self._hold(error)
            except Exception as error:
                if singly or is_transient(error):
                    log.error("consumer.failed", consumer=self.name, exc_info=error)
                    await self._hold(error)
                singly = singly or not is_transient(error)  # one of these events cannot be applied
            else:
                self._places.stored(moves)
                return

    async def _hold(self, error: Exception) -> None:
        self.progress.failed(type(error).__name__)
        log.warning("consumer.waiting", consumer=self.name, reason=repr(error))
        await self._backoff.wait()

    async def _commit(self, batch: Batch, moves: Moves, *, singly: bool) -> None:
        events, letters = batch.events, list(batch.letters)
        parent = events[0].envelope.traceparent if events else None
        with telemetry.span(f"consume {self.name}", parent=parent, kind=SpanKind.CONSUMER):
            async with self._database.transaction() as connection:
                await positions.advance(connection, self.name, moves)
                if singly:
                    letters += await self._apply_singly(connection, events)
                elif events:
                    await self._apply(connection, events)
                await self._letters.settle(connection, letters, _without(events, letters))
        _applied.add(len(events), {"consumer": self.name})
        self._letters.tell(letters)

    async def _apply_singly(
        self, connection: AsyncConnection, events: Sequence[Received]
    ) -> list[DeadLetter]:
        """Apply each event in a savepoint of its own; give back those that cannot be applied, as letters."""
        letters: list[DeadLetter] = []
        for event in events:
            try:
                async with connection.begin_nested():
                    await self._apply(connection, [event])
            except (Retry, SlowDown):
                raise
            except Exception as error:  # what may pass is raised; `letter_of` logs the rest
                if is_transient(error):
                    raise
                letters.append(letter_of(self.name, event, error))
        return letters


def _without(events: Sequence[Received], letters: Sequence[DeadLetter]) -> Sequence[Received]:
    """The events that were applied."""
    if not letters:
        return events
    aside = {(letter.topic, letter.partition, letter.offset) for letter in letters}
    return [event for event in events if (event.topic, event.partition, event.offset) not in aside]
