"""The consumer: reads topics in batches, applies them, and stores effect and position in one transaction.

What a reaction raises is transient, and then the batch is held and applied again; or it is not, and then the
batch is applied event by event, so that a poison event costs only itself. While PostgreSQL stores one batch,
the next is fetched and decoded.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar, overload

import structlog
from aiokafka.errors import IllegalStateError, KafkaError
from opentelemetry.trace import SpanKind
from servicehub_events import Event

from chassis.backoff import Backoff
from chassis.context import ServiceContext
from chassis.database import Transaction, is_transient
from chassis.events_in.brake import TooManyDeadLetters
from chassis.events_in.dead_letters import DeadLetters, apply_or_refuse
from chassis.events_in.positions import Advances, LostPartition, PositionBeyondEnd, Positions, consumer_lag
from chassis.events_in.reactions import Apply, Overtaken, Reactions, react, subscriptions
from chassis.events_in.records import DeadLetter, Received, decode
from chassis.kafka import clients as kafka
from chassis.observability import telemetry
from chassis.observability.loop_health import LoopHealth
from chassis.observability.metrics import Counter, Histogram
from chassis.process.loops import run_to_completion

__all__ = ["Apply", "BatchReader", "Consumer", "PositionBeyondEnd", "Received"]

C = TypeVar("C", bound=ServiceContext[Any])
log = structlog.get_logger(__name__)
_applied = Counter(__name__, "portal_consumer_applied_total", "events that were applied", "consumer")
_delay = Histogram(
    __name__,
    "portal_event_delay_seconds",
    "from an event's publication to its effect, committed; while a consumer first reads the log, nothing",
    "consumer",
)

Reject = Callable[[Transaction, Sequence[DeadLetter]], Awaitable[object]]
"""Does something about records that are set aside."""

_COMMIT_SECONDS: Final = 60.0
_DECODED_AT_ONCE: Final = 16
"""After so many records the commit of the other batch has its turn: a fifth of a millisecond."""


@dataclass(slots=True)
class Batch:
    """A decoded fetch, in offset order per partition. `advances` is None when a rebalance interrupted it."""

    advances: Advances | None
    events: list[Received] = field(default_factory=list[Received])
    letters: list[DeadLetter] = field(default_factory=list[DeadLetter])
    published_at: list[int] = field(default_factory=list[int])
    """Of each event, in milliseconds since 1970."""

    def add(self, records: Sequence[kafka.FetchedRecord]) -> None:
        """Decode records of a partition."""
        for record in records:
            decoded = decode(record)
            if isinstance(decoded, Received):
                self.events.append(decoded)
                self.published_at.append(record.timestamp)
            else:
                self.letters.append(decoded)


class BatchReader:
    """A reader fetches the batches of one client in order, one ahead, so a consumer holds two in memory.

    The batch read ahead is worthless once partitions came or went, or positions are sought anew.
    """

    def __init__(self, client: kafka.ConsumerClient, positions: Positions) -> None:
        self._client = client
        self._positions = positions
        self._ahead: asyncio.Task[Batch] | None = None

    async def next(self, limit: int) -> Batch:
        """The next batch. The one after it, of at most `limit` records, begins to be read."""
        batch = await (self._ahead or self._begin(limit))
        self._ahead = self._begin(limit)
        return batch

    async def drop(self) -> None:
        """Drop the batch read ahead. Its records are fetched again only after a seek."""
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.gather(self._ahead, return_exceptions=True)
            self._ahead = None

    def _begin(self, limit: int) -> asyncio.Task[Batch]:
        return asyncio.create_task(self._fetch(limit))

    async def _fetch(self, limit: int) -> Batch:
        fetched = await self._client.getmany(timeout_ms=200, max_records=limit)
        try:
            batch = Batch(await self._positions.read_on(self._client))
        except IllegalStateError:
            return Batch(None)
        for records in fetched.values():
            for start in range(0, len(records), _DECODED_AT_ONCE):
                batch.add(records[start : start + _DECODED_AT_ONCE])
                await asyncio.sleep(0)
        return batch


class _Membership(kafka.ConsumerRebalanceListener):
    """A listener counts the rebalances of one client: no batch fetched before one is applied after it."""

    generation = 0
    joined = False
    """Whether the group has assigned partitions, possibly none."""

    def on_partitions_revoked(self, revoked: object) -> None:
        self.generation, self.joined = self.generation + 1, False

    def on_partitions_assigned(self, assigned: object) -> None:
        self.generation, self.joined = self.generation + 1, True


class Consumer:
    """A named consumer of topics. Its name is the owner of its positions, and its Kafka group."""

    @overload
    def __init__(
        self,
        group: str,
        reactions: Reactions[C],
        ctx: C,
        *,
        batch: int = 2000,
        also_transient: tuple[type[Exception], ...] = (),
        kafka_group: str = "",
    ) -> None: ...

    @overload
    def __init__(
        self,
        group: str,
        reactions: Mapping[type[Event], object],
        ctx: ServiceContext[Any],
        *,
        apply: Apply,
        reject: Reject | None = None,
        batch: int = 2000,
        also_transient: tuple[type[Exception], ...] = (),
        kafka_group: str = "",
    ) -> None: ...

    def __init__(
        self,
        group: str,
        reactions: Mapping[type[Event], Any],
        ctx: ServiceContext[Any],
        *,
        apply: Apply | None = None,
        reject: Reject | None = None,
        batch: int = 2000,
        also_transient: tuple[type[Exception], ...] = (),
        kafka_group: str = "",
    ) -> None:
        """`apply` stands in for the functions of the table; the topics follow from its keys all the same.

        `reject` is called with what is set aside, in the same transaction.

        `batch` is the limit of records a transaction. `also_transient` are errors of the reactions that are
        waited out like a lost connection, not set aside. `kafka_group` is the group in Kafka, if that is not
        named as the consumer is.
        """
        self.name = group
        self._kafka_group = kafka_group or group
        self.health = LoopHealth()
        self._topics = subscriptions(reactions)
        self._apply = apply or partial(react, reactions, ctx)
        self._reject = reject
        self._also_transient = also_transient
        self._settings = ctx.settings
        self._database = ctx.database
        self._positions = Positions(group, ctx.database)
        self._dead_letters = DeadLetters(group, ctx)
        self._batch = self._limit = batch
        self._backoff = Backoff()

    def apply_of(self, group: str) -> Apply | None:
        """The function that applies events, if this consumer has that name."""
        return self._apply if group == self.name else None

    async def run(self) -> None:
        """Consume until cancelled; a lost broker or database is waited for. Raises `PositionBeyondEnd`."""
        with self._dead_letters.measured():
            while True:
                await self._run_client(kafka.consumer(self._settings, group=self._kafka_group))
                await self._backoff.wait()

    async def _run_client(self, client: kafka.ConsumerClient) -> None:
        """Consume with one client until it fails in a way that may pass."""
        membership, reader = _Membership(), BatchReader(client, self._positions)
        try:
            client.subscribe(list(self._topics), listener=membership)
            await client.start()
            lag = partial(self._positions.lag, client)
            with consumer_lag.reading(lambda: lag() if membership.joined else None, consumer=self.name):
                await self._consume(client, reader, membership)
        except asyncio.CancelledError:
            await self._positions.commit(client)
            raise
        except Exception as error:  # sorted below: what may pass is waited for, the rest ends the worker
            self.health.failed(type(error).__name__)
            if not (is_transient(error) or isinstance(error, KafkaError | OSError)):
                raise
            log.warning("consumer.interrupted", consumer=self.name, error=repr(error))
        finally:
            await reader.drop()
            await kafka.stop(client)

    async def _consume(
        self, client: kafka.ConsumerClient, reader: BatchReader, membership: _Membership
    ) -> None:
        sought: int | None = None  # the generation whose partitions are read from their stored positions
        while True:
            generation = membership.generation
            self.health.waits_for("records")
            if sought != generation:
                await reader.drop()
                await self._positions.seek_to_stored(client)
                self._dead_letters.look_again()
            batch, sought = await reader.next(self._limit), None
            if batch.advances is None or membership.generation != generation:
                continue
            if await run_to_completion(self._traced(batch, batch.advances)):
                sought = generation
                self._note_health(client, membership, moved=bool(batch.advances))
                await self._between_batches(client)

    def _note_health(self, client: kafka.ConsumerClient, membership: _Membership, *, moved: bool) -> None:
        """After a failure the loop is well again only once a batch went through, or at the end of the log."""
        if moved:
            self._limit = min(self._batch, self._limit * 2)
            self._backoff.reset()
        if moved or (self._limit == self._batch and membership.joined and self._positions.at_end(client)):
            self.health.moved()

    async def _between_batches(self, client: kafka.ConsumerClient) -> None:
        self.health.waits_for("positions to be told, dead letters to be looked after")
        async with asyncio.timeout(_COMMIT_SECONDS):
            await self._positions.report(client)
            await self._dead_letters.upkeep()

    async def _traced(self, batch: Batch, advances: Advances) -> bool:
        """Settle a batch as one span, which goes on with the trace of its events, or joins theirs."""
        if not batch.events:
            return await self._settle(batch, advances)
        traces = (event.envelope.traceparent for event in batch.events)
        attributes = {"messaging.batch.message_count": len(batch.events)}
        with telemetry.span(
            f"consume {self.name}", joins=traces, kind=SpanKind.CONSUMER, attributes=attributes
        ):
            return await self._settle(batch, advances)

    async def _settle(self, batch: Batch, advances: Advances) -> bool:
        """Apply a batch and move on; transient failures are waited out here, holding the partitions.

        False when the batch must be fetched anew: its partitions are another's, or it must be smaller.
        """
        singly = False
        self.health.waits_for(f"{len(batch.events)} events of {len(advances)} partitions to be applied")
        while advances:
            try:
                async with asyncio.timeout(_COMMIT_SECONDS):  # a frozen server is as good as none
                    await self._commit(batch, advances, singly=singly)
            except LostPartition:
                return False
            except TooManyDeadLetters as error:
                await self._hold(error)
                self._limit = max(1, self._dead_letters.brake.room)
                return False
            except self._also_transient as error:
                await self._hold(error)
            except Exception as error:
                if singly or is_transient(error):
                    log.error("consumer.failed", consumer=self.name, exc_info=error)
                    await self._hold(error)
                singly = singly or not is_transient(error)  # one of these events cannot be applied
            else:
                self._positions.mark_stored(advances)
                break
        return True

    async def _hold(self, error: Exception) -> None:
        self.health.failed(type(error).__name__)
        log.warning("consumer.waiting", consumer=self.name, reason=repr(error))
        await self._backoff.wait()

    async def _commit(self, batch: Batch, advances: Advances, *, singly: bool) -> None:
        events, letters, late = batch.events, batch.letters, list[DeadLetter]()
        async with self._database.transaction() as tx:
            await self._positions.advance(tx, advances)
            if singly:
                events, refused = await self._apply_singly(tx, events)
                letters = letters + refused
            elif events:
                late = _late(events, await self._apply(tx, [event.envelope for event in events]))
            await self._set_aside(tx, letters)
            await self._dead_letters.mark_superseded(tx, events)
            await self._set_aside(tx, late)  # superseded by what comes after them alone
        _applied.add(len(events), consumer=self.name)
        if self._positions.filled:
            now = time.time()
            _delay.record_all((now - at / 1000 for at in batch.published_at), consumer=self.name)
        self._dead_letters.report(letters + late)

    async def _set_aside(self, tx: Transaction, letters: Sequence[DeadLetter]) -> None:
        await self._dead_letters.set_aside(tx, letters)
        if letters and self._reject:
            await self._reject(tx, letters)

    async def _apply_singly(
        self, tx: Transaction, events: Sequence[Received]
    ) -> tuple[list[Received], list[DeadLetter]]:
        """Apply each event in a savepoint of its own; the applied events, and letters of the others."""
        applied: list[Received] = []
        letters: list[DeadLetter] = []
        for event in events:
            letter = await apply_or_refuse(tx, self._apply, event, self._also_transient)
            if letter:
                letters.append(letter)
                await self._dead_letters.check(tx, letters)  # the rest of the batch need not be tried
            else:
                applied.append(event)
        return applied, letters


def _late(events: Sequence[Received], overtaken: Sequence[Overtaken] | None) -> list[DeadLetter]:
    newest = {id(late.envelope): late.newest for late in overtaken or ()}
    return [event.overtaken(newest[key]) for event in events if (key := id(event.envelope)) in newest]
