"""Where the news lane stands, for lag lists and restores. Kafka's own offset is where Faust goes on from."""

import json
from collections.abc import Mapping

from chassis.kafka.clients import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_REACHED = text(
    "INSERT INTO positions (consumer, topic, partition, next_offset, caught_up_at)"
    " SELECT :consumer, topic, partition, at, now()"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(topic text, partition integer, at bigint)"
    " ON CONFLICT (consumer, topic, partition) DO UPDATE"
    " SET next_offset = EXCLUDED.next_offset, caught_up_at = EXCLUDED.caught_up_at"
)


async def reached(connection: AsyncConnection, consumer: str, at: Mapping[TopicPartition, int]) -> None:
    """Every record of these partitions before these offsets is dealt with."""
    if at:
        rows = [{"topic": tp.topic, "partition": tp.partition, "at": next_} for tp, next_ in at.items()]
        await connection.execute(_REACHED, {"consumer": consumer, "rows": json.dumps(rows)})
