"""Positions: how far a consumer has come, stored in the transaction of its effects. PostgreSQL is the judge.

A position moves by compare-and-set, so the late write of a consumer that lost its partition is refused.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_FIND = text("SELECT topic, partition, next_offset FROM positions WHERE consumer = :consumer")
_CREATE = text(
    "INSERT INTO positions (consumer, topic, partition, next_offset)"
    " VALUES (:consumer, :topic, :partition, :next_offset) ON CONFLICT DO NOTHING"
)
_ADVANCE = text(
    "UPDATE positions SET next_offset = :to WHERE consumer = :consumer AND topic = :topic"
    " AND partition = :partition AND next_offset = :from RETURNING 1"
)
_CAUGHT_UP = text(
    "UPDATE positions p SET caught_up_at = to_timestamp(u.at / 1000.0)"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS u(topic text, partition integer, at double precision)"
    " WHERE p.consumer = :consumer AND p.topic = u.topic AND p.partition = u.partition"
)


class TopicPartition(NamedTuple):
    """Named as Kafka's clients name it, and equal to theirs."""

    topic: str
    partition: int


class LostPartition(Exception):
    """Another consumer of the group wrote this position meanwhile; nothing of the transaction may stay."""


async def stored(connection: AsyncConnection, consumer: str) -> dict[TopicPartition, int]:
    """Every stored position of a consumer."""
    rows = await connection.execute(_FIND, {"consumer": consumer})
    return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}


async def begin(connection: AsyncConnection, consumer: str, at: Mapping[TopicPartition, int]) -> None:
    """Store first positions where there are none."""
    rows = [
        {"consumer": consumer, "topic": tp.topic, "partition": tp.partition, "next_offset": offset}
        for tp, offset in at.items()
    ]
    if rows:
        await connection.execute(_CREATE, rows)


async def advance(
    connection: AsyncConnection, consumer: str, moves: Mapping[TopicPartition, tuple[int, int]]
) -> None:
    """Move each position from where this consumer believes it is. Raises `LostPartition`."""
    for tp in sorted(moves):  # one order for everybody: no deadlocks
        before, after = moves[tp]
        key = {"consumer": consumer, "topic": tp.topic, "partition": tp.partition}
        moved = await connection.execute(_ADVANCE, {**key, "from": before, "to": after})
        if moved.first() is None:
            raise LostPartition(f"{tp.topic}/{tp.partition} is no longer at {before}")


async def caught_up(connection: AsyncConnection, consumer: str, rows: str) -> None:
    """Record when each partition was last seen applied to its end: JSON `[{topic, partition, at (ms)}]`."""
    await connection.execute(_CAUGHT_UP, {"consumer": consumer, "rows": rows})
