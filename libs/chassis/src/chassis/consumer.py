"""The consumer: reads topics in batches, applies them, and stores effect and position in one transaction.

Failures are of three kinds (`chassis.failures`). A batch that fails is applied again event by event, so that
a poison event costs only itself.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiokafka.errors import IllegalStateError, KafkaError
from opentelemetry.trace import SpanKind
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import inbox, kafka, telemetry
from chassis.backoff import Backoff
from chassis.crypto import FieldCipher
from chassis.db import Database, is_transient
from chassis.dead_letters import Brake, DeadLetter, TooManyLetters, set_aside
from chassis.failures import Poison, Retry, SlowDown
from chassis.inbox import LostPartition, TopicPartition
from chassis.reading import Batch, Received, read
from chassis.settings import CommonSettings

log = structlog.get_logger(__name__)
_applied = telemetry.meter.create_counter("portal_consumer_applied")
_aside = telemetry.meter.create_counter("portal_dead_letters")

Apply = Callable[[AsyncConnection, Sequence[Received]], Awaitable[None]]
"""Applies events in the given transaction. Raises `Retry`, `Poison` or `SlowDown`."""

_MOST = 1000
"""Records a batch, unless dead letters abound."""
_COMMIT_SECONDS = 60.0

_Moves = dict[TopicPartition, tuple[int, int]]


class PositionBeyondEnd(RuntimeError):
    """A stored position lies past the end of its partition: the topic was recreated. Ends the worker."""


class _Watch(kafka.ConsumerRebalanceListener):
    """Counts rebalances: whatever was fetched before one must not be applied after it."""

    generation = 0

    def on_partitions_revoked(self, revoked: object) -> None:
        self.generation += 1

    def on_partitions_assigned(self, assigned: object) -> None:
        self.generation += 1


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
        self._cipher = FieldCipher(settings.dead_letter_keys)
        self._brake = Brake(settings.dead_letters_per_minute)
        self._watch = _Watch()
        self._placed = -1
        self._known: dict[TopicPartition, int] = {}
        self._reported = 0.0
        self._most = _MOST
        self._backoff = Backoff()
        self.healthy = False

    async def run(self) -> None:
        """Consume until cancelled; a lost broker or database is waited for. Raises `PositionBeyondEnd`."""
        while True:
            client = kafka.consumer(self._settings, group=self.name)
            try:
                client.subscribe(list(self._topics), listener=self._watch)
                await client.start()
                await self._consume(client)
            except Exception as error:  # sorted below: what may pass is waited for, the rest ends the worker
                self.healthy = False
                if not (is_transient(error) or isinstance(error, KafkaError | OSError)):
                    raise
                log.warning("consumer.interrupted", consumer=self.name, error=repr(error))
            finally:
                await client.stop()
            await self._backoff.wait()

    async def _consume(self, client: kafka.ConsumerClient) -> None:
        while True:
            generation = self._watch.generation
            if generation != self._placed:
                await self._take_positions(client)
                self._placed = generation
            records = await client.getmany(timeout_ms=200, max_records=self._most)
            try:
                moves = await self._moves(client)
            except IllegalStateError:
                continue  # a rebalance took a partition away meanwhile
            if self._watch.generation != generation:
                continue
            batch = Batch()
            for tp, found in records.items():
                part = read(found, len(client.partitions_for_topic(tp.topic) or ()))
                batch.events += part.events
                batch.letters += part.letters
            try:
                await self._settle(batch, moves)
            except LostPartition:
                self._placed = -1
                continue
            except TooManyLetters as error:
                await self._hold(error)
                self._most, self._placed = max(1, self._brake.room), -1
                continue
            if moves:
                self._most = min(_MOST, self._most * 2)
                self._backoff.reset()
            if moves or self._most == _MOST:  # after trouble, well again only once something went through
                self.healthy = True
            await self._report(client)

    async def _take_positions(self, client: kafka.ConsumerClient) -> None:
        """Seek every assigned partition to its stored position; store the beginning where there is none."""
        assigned = sorted(client.assignment())
        starts, ends = await client.beginning_offsets(assigned), await client.end_offsets(assigned)
        async with self._database.transaction() as connection:
            at = {TopicPartition(*tp): offset for tp, offset in starts.items()}
            await inbox.begin(connection, self.name, at)
            stored = await inbox.stored(connection, self.name)
        self._known = {}
        for tp in assigned:
            position = max(stored[TopicPartition(*tp)], 0)
            if position > ends[tp]:
                raise PositionBeyondEnd(
                    f"{self.name} stands at {position} of {tp.topic}/{tp.partition}, ending at {ends[tp]}."
                    " The topic was recreated: restore it, or rebuild this consumer's tables from the log."
                )
            client.seek(tp, position)
            self._known[TopicPartition(*tp)] = position

    async def _moves(self, client: kafka.ConsumerClient) -> _Moves:
        """How far each partition moved, over transaction markers and compacted gaps too."""
        moves: _Moves = {}
        for tp, before in self._known.items():
            after = await client.position(kafka.TopicPartition(*tp))
            if after != before:
                moves[tp] = (before, after)
        return moves

    async def _settle(self, batch: Batch, moves: _Moves) -> None:
        """Apply a batch and move on; transient failures are waited out here, holding the partitions.

        Raises `LostPartition`, and `TooManyLetters`: then the batch must be fetched anew, and smaller.
        """
        singly = False
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
                self._known |= {tp: after for tp, (_, after) in moves.items()}
                return

    async def _hold(self, error: Exception) -> None:
        self.healthy = False
        log.warning("consumer.waiting", consumer=self.name, reason=repr(error))
        await self._backoff.wait()

    async def _commit(self, batch: Batch, moves: _Moves, *, singly: bool) -> None:
        events, letters = batch.events, list(batch.letters)
        parent = events[0].envelope.traceparent if events else None
        with telemetry.span(f"consume {self.name}", parent=parent, kind=SpanKind.CONSUMER):
            async with self._database.transaction() as connection:
                await inbox.advance(connection, self.name, moves)
                if singly:
                    letters += await self._apply_singly(connection, events)
                elif events:
                    await self._apply(connection, events)
                await set_aside(connection, self.name, self._cipher, letters)
                self._brake.take(len(letters))
        _applied.add(len(events), {"consumer": self.name})
        for letter in letters:
            _aside.add(1, {"consumer": self.name, "code": letter.code})
            where = f"{letter.topic}/{letter.partition}/{letter.offset}"
            log.error("consumer.set_aside", consumer=self.name, at=where, code=letter.code, why=letter.cause)

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
            except Exception as error:
                if is_transient(error):
                    raise
                letters.append(self._letter(event, error))
        return letters

    def _letter(self, event: Received, error: Exception) -> DeadLetter:
        code, cause = "not_applicable", type(error).__name__
        if isinstance(error, Poison):
            code, cause = error.code, str(error)
        else:
            log.error("consumer.not_applicable", consumer=self.name, exc_info=error)
        return DeadLetter(event.topic, event.partition, event.offset, event.raw, code, cause)

    async def _report(self, client: kafka.ConsumerClient) -> None:
        """Once a second: when each partition was last applied to its end, and the offsets for lag tools."""
        if time.monotonic() - self._reported < 1:
            return
        self._reported = time.monotonic()
        rows: list[dict[str, object]] = []
        for tp, position in self._known.items():
            partition = kafka.TopicPartition(*tp)
            stable, at = client.last_stable_offset(partition), client.last_poll_timestamp(partition)
            if stable is not None and at is not None and position >= stable:
                rows.append({"topic": tp.topic, "partition": tp.partition, "at": at})
        async with self._database.transaction() as connection:
            await inbox.caught_up(connection, self.name, json.dumps(rows))
        try:
            await client.commit({kafka.TopicPartition(*tp): position for tp, position in self._known.items()})
        except (KafkaError, IllegalStateError) as error:  # PostgreSQL is the judge; this one informs
            log.info("consumer.offsets_not_committed", consumer=self.name, error=repr(error))
