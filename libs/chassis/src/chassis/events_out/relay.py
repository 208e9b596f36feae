"""The relay: takes rows out of the outbox and into Kafka, in order, one active relay a service.

Order of a start: lock, then init transactions (which fences a frozen predecessor), then read. The lock
belongs to the connection that reads and deletes; the server ends that session when this loop stops beating.
A crash between Kafka's commit and the delete repeats records; every consumer bears that.

A row is deleted once its record can be read, not once Kafka says that the transaction is committed: after a
broker that stood still, that answer was seen for records which nobody could read, and which were lost.

Positions are looked up for many batches ahead, in one snapshot: what is deleted stays in the index until
nobody can see it any more, and a search from the front for each batch would walk past all of it. A snapshot
that has version 2 of a stream has version 1 too; what commits later, with whatever position, is in the next.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Iterable
from typing import NamedTuple

import psycopg
import structlog
from aiokafka.errors import KafkaError
from opentelemetry.trace import SpanKind
from servicehub_events import partition_for

from chassis.backoff import Backoff
from chassis.database.database import Database, wait_for_notices
from chassis.events_out.outbox import BY_INDEX_IN_SESSION, CHANNEL
from chassis.events_out.outbox_watch import OutboxWatch
from chassis.kafka import clients as kafka
from chassis.observability import telemetry
from chassis.observability.loop_health import LoopHealth
from chassis.observability.metrics import Counter
from chassis.settings.base import ServiceSettings

log = structlog.get_logger(__name__)
_published = Counter(
    __name__, "portal_outbox_published_total", "rows that were published and can be read", "relay"
)

_BEAT_SECONDS = 2.0
_SESSION_ENDS_AFTER_MS = 10_000
_BATCH = 500
_BATCH_SECONDS = 30.0
_LOOK_SECONDS = 0.005
_AHEAD = 20_000
_WAITING = "SELECT position FROM outbox ORDER BY position LIMIT %s"
_TAKE = "SELECT position, topic, key, headers, value FROM outbox WHERE position = ANY(%s) ORDER BY position"
_DELETE = "DELETE FROM outbox WHERE position = ANY(%s)"
_LOCK = "SELECT pg_try_advisory_lock(hashtext('relay.main'))"


class _Row(NamedTuple):
    position: int
    topic: str
    key: bytes
    headers: list[tuple[str, str]]
    value: bytes


class Relay:
    """Empties one service's outbox, for as long as it holds the lock of its database."""

    def __init__(self, service: str, settings: ServiceSettings, database: Database) -> None:
        self._name = service
        self._settings = settings
        self._database = database
        self.health = LoopHealth()

    async def run(self) -> None:
        """Relay until cancelled; a lost broker or database is waited for."""
        watching = asyncio.create_task(OutboxWatch(self._name, self._database).run())
        try:
            await self._relay_for_ever()
        finally:
            watching.cancel()

    async def _relay_for_ever(self) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._hold_lock(backoff)
            except (psycopg.Error, KafkaError, OSError, TimeoutError) as error:
                self.health.failed(type(error).__name__)
                log.warning("relay.interrupted", relay=self._name, error=repr(error))
                await backoff.wait()

    async def _hold_lock(self, backoff: Backoff) -> None:
        connection = await self._database.session(idle_timeout_ms=_SESSION_ENDS_AFTER_MS)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(connection.close)
            await connection.execute(f"LISTEN {CHANNEL}".encode())
            await connection.execute(BY_INDEX_IN_SESSION.encode())
            while not await self._locked(connection):
                self.health.moved()  # standing by is well
                await asyncio.sleep(_BEAT_SECONDS)
            self.health.waits_for("Kafka to take what lies in the outbox")
            producer = kafka.producer(self._settings, transactional_id=f"{self._name}.main")
            stack.push_async_callback(kafka.stop, producer)
            await producer.start()
            ends = kafka.committed_ends(self._settings)
            stack.push_async_callback(kafka.stop, ends)
            await ends.start()
            log.info("relay.active", relay=self._name)
            backoff.reset()
            while True:
                if not await self._relay_waiting(connection, producer, ends):
                    await wait_for_notices(connection, _BEAT_SECONDS)

    async def _locked(self, connection: psycopg.AsyncConnection) -> bool:
        cursor = await connection.execute(_LOCK)
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def _relay_waiting(
        self, connection: psycopg.AsyncConnection, producer: kafka.Producer, ends: kafka.CommittedEnds
    ) -> bool:
        """Relay what waits now, in batches; whether anything did."""
        async with asyncio.timeout(_BATCH_SECONDS):  # a frozen server is as good as none
            cursor = await connection.execute(_WAITING, (_AHEAD,))
            waiting = [position for (position,) in await cursor.fetchall()]
        self.health.moved()
        for start in range(0, len(waiting), _BATCH):
            async with asyncio.timeout(_BATCH_SECONDS):
                await self._relay_batch(connection, producer, ends, waiting[start : start + _BATCH])
            self.health.moved()
        return bool(waiting)

    async def _relay_batch(
        self,
        connection: psycopg.AsyncConnection,
        producer: kafka.Producer,
        ends: kafka.CommittedEnds,
        positions: list[int],
    ) -> None:
        cursor = await connection.execute(_TAKE, (positions,))
        rows = [_Row(*row) for row in await cursor.fetchall()]
        with contextlib.ExitStack() as spans:
            async with producer.transaction():
                sent = [await self._send(producer, row, spans) for row in rows]
                placed = await asyncio.gather(*sent)
            await _until_readable(ends, placed)
        await connection.execute(_DELETE, (positions,))
        _published.add(len(rows), relay=self._name)

    async def _send(
        self, producer: kafka.Producer, row: _Row, spans: contextlib.ExitStack
    ) -> Awaitable[kafka.RecordLocation]:
        """Send a row. Where its trace is recorded, its readers go on from the span of its way to the log."""
        headers = dict(row.headers)
        name, attributes = f"publish {row.topic}", {"messaging.destination.name": row.topic}
        publishing = telemetry.detached_span(
            name, parent=headers.get("traceparent"), kind=SpanKind.PRODUCER, attributes=attributes
        )
        if trace := spans.enter_context(publishing):
            headers["traceparent"] = trace
        partitions = await producer.partitions_for(row.topic)
        return await producer.send(
            row.topic,
            key=bytes(row.key),
            value=bytes(row.value),
            headers=[(name, value.encode()) for name, value in headers.items()],
            partition=partition_for(bytes(row.key), len(partitions)),
        )


async def _until_readable(ends: kafka.CommittedEnds, placed: Iterable[kafka.RecordLocation]) -> None:
    """Wait until readers of committed records are shown all of these, as long as the caller lets it."""
    last = dict[kafka.TopicPartition, int]()
    for record in placed:
        partition = kafka.TopicPartition(record.topic, record.partition)
        last[partition] = max(record.offset, last.get(partition, -1))
    while last:
        committed = await ends.end_offsets(last)
        if all(committed[partition] > offset for partition, offset in last.items()):
            return
        await asyncio.sleep(_LOOK_SECONDS)
