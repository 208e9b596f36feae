"""Where a consumer stands in each partition assigned to it: taken from PostgreSQL, moved with the effects."""

import asyncio
import json
import time
from collections.abc import Callable

import structlog
from aiokafka.errors import IllegalStateError, KafkaError

from chassis.database.database import Database
from chassis.events_in import positions
from chassis.events_in.positions import TopicPartition
from chassis.kafka import clients as kafka

log = structlog.get_logger(__name__)
_COMMIT_SECONDS = 5.0
_KNOWN_SECONDS = 10.0
"""For so long the end that a broker told counts as the end."""

Moves = dict[TopicPartition, tuple[int, int]]
"""Partition → where it stood, where it stands."""


class PositionBeyondEnd(RuntimeError):
    """A stored position lies past the end of its partition: the topic was recreated. Ends the worker."""


class Places:
    """The positions of one consumer's assigned partitions, as they are stored."""

    def __init__(self, consumer: str, database: Database, now: Callable[[], float] = time.time) -> None:
        """`now` in seconds since 1970, as Kafka's clients say when they heard from a broker."""
        self._consumer = consumer
        self._database = database
        self._now = now
        self._reported = 0.0
        self._read: dict[TopicPartition, int] = {}
        self.known: dict[TopicPartition, int] = {}

    async def take(self, client: kafka.ConsumerClient) -> None:
        """Seek every assigned partition to its stored position; store the beginning where there is none."""
        assigned = sorted(client.assignment())
        starts, ends = await client.beginning_offsets(assigned), await client.end_offsets(assigned)
        async with self._database.transaction() as connection:
            at = {TopicPartition(*tp): offset for tp, offset in starts.items()}
            await positions.begin(connection, self._consumer, at)
            stored = await positions.stored(connection, self._consumer)
        self.known = {}
        for tp in assigned:
            position = max(stored[TopicPartition(*tp)], 0)
            if position > ends[tp]:
                raise PositionBeyondEnd(
                    f"{self._consumer} stands at {position} of {tp.topic}/{tp.partition}, which ends at"
                    f" {ends[tp]}."
                    " The topic was recreated: restore it, or rebuild this consumer's tables from the log."
                )
            client.seek(tp, position)
            self.known[TopicPartition(*tp)] = position
        self._read = dict(self.known)

    async def moves(self, client: kafka.ConsumerClient) -> Moves:
        """How far each partition moved since the last call, over transaction markers and compacted gaps too.

        Whether that is stored yet or not: the next batch is read while one is being stored.
        """
        moves: Moves = {}
        for tp, before in self._read.items():
            after = await client.position(kafka.TopicPartition(*tp))
            if after != before:
                moves[tp] = (before, after)
        self._read |= {tp: after for tp, (_, after) in moves.items()}
        return moves

    def stored(self, moves: Moves) -> None:
        """These moves are committed."""
        self.known |= {tp: after for tp, (_, after) in moves.items()}

    def partitions(self, client: kafka.ConsumerClient) -> dict[TopicPartition, int]:
        """What is assigned, and of how many partitions each one's topic is."""
        return {tp: len(client.partitions_for_topic(tp.topic) or ()) for tp in self.known}

    def at_end(self, client: kafka.ConsumerClient) -> bool:
        """Whether nothing is left to read, by what the brokers said within the last seconds."""
        since = (self._now() - _KNOWN_SECONDS) * 1000
        for tp in client.assignment():
            end, told = client.last_stable_offset(tp), client.last_poll_timestamp(tp)
            if end is None or told is None or told < since or self.known.get(TopicPartition(*tp), -1) < end:
                return False
        return True

    async def report(self, client: kafka.ConsumerClient) -> None:
        """Once a second: when each partition was last applied to its end, and the offsets for lag tools."""
        if time.monotonic() - self._reported < 1:
            return
        self._reported = time.monotonic()
        rows: list[dict[str, object]] = []
        for tp in client.assignment():  # a rebalance may have taken some of the known away
            stable, at = client.last_stable_offset(tp), client.last_poll_timestamp(tp)
            position = self.known.get(TopicPartition(*tp))
            if stable is not None and at is not None and position is not None and position >= stable:
                rows.append({"topic": tp.topic, "partition": tp.partition, "at": at})
        async with self._database.transaction() as connection:
            await positions.caught_up(connection, self._consumer, json.dumps(rows))
        await self.commit(client)

    async def commit(self, client: kafka.ConsumerClient) -> None:
        """Let Kafka know, for lag tools. PostgreSQL is the judge; this one informs, and may fail."""
        at = {kafka.TopicPartition(*tp): position for tp, position in self.known.items()}
        if not at:
            return
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                await client.commit(at)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            log.info("consumer.offsets_not_committed", consumer=self._consumer, error=repr(error))
