"""Positions: how far a consumer has come, stored in the transaction of its effects. PostgreSQL is the judge.

A position moves by compare-and-set, so the late write of a consumer that lost its partition is refused.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import structlog
from aiokafka.errors import IllegalStateError, KafkaError
from sqlalchemy import text

from chassis.database import Database, Transaction
from chassis.database.hot_path import pipelined
from chassis.kafka import TopicPartition
from chassis.kafka.clients import ConsumerClient
from chassis.observability.metrics import LiveGauge

log = structlog.get_logger(__name__)
consumer_lag = LiveGauge(__name__, "portal_consumer_lag", "records left to apply", "consumer")
"""Of the partitions that this process reads."""

_REPORT_SECONDS: Final = 1.0
_REST_SECONDS: Final = 3.0
"""Between reports in which nothing is new but the time; pages call themselves out of date after ten."""
_COMMIT_SECONDS: Final = 5.0
_KNOWN_SECONDS: Final = 10.0
"""An end that a broker reported longer ago is out of date."""

_FIND = text("SELECT topic, partition, next_offset FROM positions WHERE consumer = :consumer")
_FILLED = "SELECT bool_and(caught_up_at IS NOT NULL) FROM positions WHERE consumer = :consumer"
_ADD = (
    "INSERT INTO positions (consumer, topic, partition, next_offset)"
    " VALUES (:consumer, :topic, :partition, :next_offset) ON CONFLICT DO NOTHING"
)
# Locked in one order by everybody, and all of them or none: no deadlocks, and a part says who lost it.
_ADVANCE = (
    b"WITH moves AS (SELECT * FROM jsonb_to_recordset(CAST(%(moves)s AS jsonb))"
    b"  AS m(topic text, partition integer, before bigint, after bigint)),"
    b" mine AS (SELECT p.topic, p.partition, m.after FROM positions p JOIN moves m USING (topic, partition)"
    b"  WHERE p.consumer = %(consumer)s AND p.next_offset = m.before ORDER BY 1, 2 FOR UPDATE OF p)"
    b" UPDATE positions p SET next_offset = mine.after FROM mine"
    b" WHERE p.consumer = %(consumer)s AND p.topic = mine.topic AND p.partition = mine.partition"
    b" RETURNING p.topic, p.partition"
)
_CAUGHT_UP = (
    "UPDATE positions p SET caught_up_at = to_timestamp(u.at / 1000.0)"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS u(topic text, partition integer, at double precision)"
    " WHERE p.consumer = :consumer AND p.topic = u.topic AND p.partition = u.partition"
)


class OffsetAdvance(NamedTuple):
    """The offsets between which a partition was read."""

    before: int
    after: int


PartitionOffsets = dict[TopicPartition, int]
"""The offset of each partition's next record."""

Advances = dict[TopicPartition, OffsetAdvance]


class LostPartition(Exception):
    """Another consumer of the group wrote this position meanwhile; nothing of the transaction may stay."""


class PositionBeyondEnd(RuntimeError):
    """A stored position lies past the end of its partition: the topic was recreated. Ends the worker."""


async def stored(tx: Transaction, consumer: str) -> PartitionOffsets:
    """Every stored position of a consumer."""
    rows = await tx.connection.execute(_FIND, {"consumer": consumer})
    return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}


class Positions:
    """The positions of the partitions that a consumer is assigned."""

    def __init__(self, consumer: str, database: Database, now: Callable[[], float] = time.time) -> None:
        """`now` in seconds since 1970, as Kafka's clients say when they heard from a broker."""
        self._consumer = consumer
        self._database = database
        self._now = now
        self._reported_at = 0.0
        self._reported: tuple[PartitionOffsets, set[TopicPartition]] | None = None
        self._committed: PartitionOffsets = {}
        self._read: PartitionOffsets = {}
        self.stored: PartitionOffsets = {}
        self.filled = False
        """Whether it was ever at the end of the log. Until then it reads history, which is not late."""

    async def seek_to_stored(self, client: ConsumerClient) -> None:
        """Seek every assigned partition to its stored position; store the beginning where there is none."""
        assigned = sorted(client.assignment())
        starts, ends = await client.beginning_offsets(assigned), await client.end_offsets(assigned)
        async with self._database.transaction() as tx:
            rows = [
                {"consumer": self._consumer, **tp._asdict(), "next_offset": starts[tp]} for tp in assigned
            ]
            await tx.run_each(_ADD, rows)
            positions = await stored(tx, self._consumer)
            self.filled = bool(await tx.value(_FILLED, bool, consumer=self._consumer))
        for tp in assigned:
            if positions[tp] > ends[tp]:
                raise PositionBeyondEnd(
                    f"{self._consumer} stands at {positions[tp]} of {tp.topic}/{tp.partition}, which ends at"
                    f" {ends[tp]}."
                    " The topic was recreated: restore it, or rebuild this consumer's tables from the log."
                )
            client.seek(tp, positions[tp])
        self.stored = {tp: positions[tp] for tp in assigned}
        self._read, self._committed = dict(self.stored), {}

    async def read_on(self, client: ConsumerClient) -> Advances:
        """The offsets read since the last call, over transaction markers and compacted gaps, stored or not.

        Raises `IllegalStateError` when a rebalance took a partition away meanwhile.
        """
        offsets = {tp: await client.position(tp) for tp in self._read}
        advances = {
            tp: OffsetAdvance(self._read[tp], at) for tp, at in offsets.items() if at != self._read[tp]
        }
        self._read = offsets
        return advances

    async def advance(self, tx: Transaction, advances: Advances) -> None:
        """Move each position from where this consumer believes it is. Raises `LostPartition`."""
        moves = json.dumps([tp._asdict() | advance._asdict() for tp, advance in advances.items()])
        async with pipelined(tx) as driver:  # together with BEGIN
            cursor = await driver.execute(_ADVANCE, {"consumer": self._consumer, "moves": moves})
            moved = {TopicPartition(topic, partition) for topic, partition in await cursor.fetchall()}
        if lost := advances.keys() - moved:
            tp = min(lost)
            raise LostPartition(f"{tp.topic}/{tp.partition} is no longer at {advances[tp].before}")

    def mark_stored(self, advances: Advances) -> None:
        """Note that these advances are committed."""
        self.stored |= {tp: advance.after for tp, advance in advances.items()}

    def at_end(self, client: ConsumerClient) -> bool:
        """Whether nothing is left to read, by what the brokers reported within the last seconds."""
        since = (self._now() - _KNOWN_SECONDS) * 1000
        for tp in client.assignment():
            end, polled_at = client.last_stable_offset(tp), client.last_poll_timestamp(tp)
            if end is None or polled_at is None or polled_at < since or self.stored.get(tp, -1) < end:
                return False
        return True

    def lag(self, client: ConsumerClient) -> int | None:
        """How many offsets are left to apply, by what the brokers said last; None while that is unknown.

        While a batch is held the ends grow old, and it is that many at least. None left must be fresh news.
        """
        ends = {tp: client.last_stable_offset(tp) for tp in client.assignment()}
        left = sum(max(0, end - self.stored.get(tp, end)) for tp, end in ends.items() if end is not None)
        return left if left or self.at_end(client) else None

    async def report(self, client: ConsumerClient) -> None:
        """Store when each partition was last at its end, and commit offsets that moved to Kafka.

        Once a second; more seldom while nothing moves.
        """
        rest = time.monotonic() - self._reported_at
        if rest < _REPORT_SECONDS:
            return
        at_end = dict[TopicPartition, int]()
        for tp in client.assignment():  # a rebalance may have taken some of the stored away
            end, at = client.last_stable_offset(tp), client.last_poll_timestamp(tp)
            if end is not None and at is not None and self.stored.get(tp, -1) >= end:
                at_end[tp] = at
        self.filled = self.filled or len(at_end) == len(client.assignment())
        report = (dict(self.stored), set(at_end))
        if report == self._reported and rest < _REST_SECONDS:
            return
        self._reported_at, self._reported = time.monotonic(), report
        rows = [{**tp._asdict(), "at": at} for tp, at in at_end.items()]
        async with self._database.transaction() as tx:
            await tx.run(_CAUGHT_UP, consumer=self._consumer, rows=json.dumps(rows))
        if self.stored != self._committed:
            await self.commit(client)

    async def commit(self, client: ConsumerClient) -> None:
        """Commit the offsets to Kafka, for lag tools alone; this may fail."""
        if not self.stored:
            return
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                await client.commit(self.stored)
            self._committed = dict(self.stored)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            log.info("consumer.offsets_not_committed", consumer=self._consumer, error=repr(error))
