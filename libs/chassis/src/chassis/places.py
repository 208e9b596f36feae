"""Where a consumer stands in each partition assigned to it: taken from PostgreSQL, moved with the effects."""

import json
import time

import structlog
from aiokafka.errors import IllegalStateError, KafkaError

from chassis import inbox, kafka
from chassis.db import Database
from chassis.inbox import TopicPartition

log = structlog.get_logger(__name__)

Moves = dict[TopicPartition, tuple[int, int]]
"""Partition → where it stood, where it stands."""


class PositionBeyondEnd(RuntimeError):
    """A stored position lies past the end of its partition: the topic was recreated. Ends the worker."""


class Places:
    """The positions of one consumer's assigned partitions, as they are stored."""

    def __init__(self, consumer: str, database: Database) -> None:
        self._consumer = consumer
        self._database = database
        self._reported = 0.0
        self.known: dict[TopicPartition, int] = {}

    async def take(self, client: kafka.ConsumerClient) -> None:
        """Seek every assigned partition to its stored position; store the beginning where there is none."""
        assigned = sorted(client.assignment())
        starts, ends = await client.beginning_offsets(assigned), await client.end_offsets(assigned)
        async with self._database.transaction() as connection:
            at = {TopicPartition(*tp): offset for tp, offset in starts.items()}
            await inbox.begin(connection, self._consumer, at)
            stored = await inbox.stored(connection, self._consumer)
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

    async def moves(self, client: kafka.ConsumerClient) -> Moves:
        """How far each partition moved, over transaction markers and compacted gaps too."""
        moves: Moves = {}
        for tp, before in self.known.items():
            after = await client.position(kafka.TopicPartition(*tp))
            if after != before:
                moves[tp] = (before, after)
        return moves

    def stored(self, moves: Moves) -> None:
        """These moves are committed."""
        self.known |= {tp: after for tp, (_, after) in moves.items()}

    def partitions(self, client: kafka.ConsumerClient) -> dict[TopicPartition, int]:
        """What is assigned, and of how many partitions each one's topic is."""
        return {tp: len(client.partitions_for_topic(tp.topic) or ()) for tp in self.known}

    async def report(self, client: kafka.ConsumerClient) -> None:
        """Once a second: when each partition was last applied to its end, and the offsets for lag tools."""
        if time.monotonic() - self._reported < 1:
            return
        self._reported = time.monotonic()
        rows: list[dict[str, object]] = []
        for tp, position in self.known.items():
            partition = kafka.TopicPartition(*tp)
            stable, at = client.last_stable_offset(partition), client.last_poll_timestamp(partition)
            if stable is not None and at is not None and position >= stable:
                rows.append({"topic": tp.topic, "partition": tp.partition, "at": at})
        async with self._database.transaction() as connection:
            await inbox.caught_up(connection, self._consumer, json.dumps(rows))
        try:
            await client.commit({kafka.TopicPartition(*tp): position for tp, position in self.known.items()})
        except (KafkaError, IllegalStateError) as error:  # PostgreSQL is the judge; this one informs
            log.info("consumer.offsets_not_committed", consumer=self._consumer, error=repr(error))
