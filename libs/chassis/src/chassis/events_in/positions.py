"""Positions: how far a consumer has come, stored in the transaction of its effects. PostgreSQL is the judge.

A position moves by compare-and-set, so the late write of a consumer that lost its partition is refused.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database.database import pipelined

_FIND = text("SELECT topic, partition, next_offset FROM positions WHERE consumer = :consumer")
_CREATE = text(
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
    rows = [
        {"topic": tp.topic, "partition": tp.partition, "before": before, "after": after}
        for tp, (before, after) in moves.items()
    ]
    async with pipelined(connection) as driver:  # together with BEGIN
        moved = await driver.execute(_ADVANCE, {"consumer": consumer, "moves": json.dumps(rows)})
        found = {TopicPartition(topic, partition) for topic, partition in await moved.fetchall()}
    if lost := moves.keys() - found:
        tp = min(lost)
        raise LostPartition(f"{tp.topic}/{tp.partition} is no longer at {moves[tp][0]}")


async def caught_up(connection: AsyncConnection, consumer: str, rows: str) -> None:
    """Record when each partition was last seen applied to its end: JSON `[{topic, partition, at (ms)}]`."""
    await connection.execute(_CAUGHT_UP, {"consumer": consumer, "rows": rows})
