"""Some records through one client: queued in order, confirmed together."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from servicehub_events.codec import WireRecord
from servicehub_events.partition import partition_for
from servicehub_events.publisher.client import Client, Receipt


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Where a record lies; without an offset if the broker no longer knows it."""

    partition: int
    offset: int | None


Outcome = Confirmed | Exception
"""An exception if nobody confirmed the record: TimeoutError, or what the client said."""


async def deliver(client: Client, records: Sequence[WireRecord], seconds: float) -> list[Outcome]:
    """Send records and wait for them, each step at most `seconds`. Outcomes are in the order of records.

    After one that could not be queued none is sent, so that nothing overtakes it.
    """
    queued: list[tuple[int, Future[Receipt]]] = []
    stopped: Exception | None = None
    try:
        for record in records:
            place = await asyncio.wait_for(_queue(client, record), seconds)
            queued.append(place)
    except (KafkaError, OSError, TimeoutError) as error:
        stopped = error
    if queued:
        await asyncio.wait([future for _, future in queued], timeout=seconds)
    rest = len(records) - len(queued)
    return [_outcome(partition, future) for partition, future in queued] + [stopped or TimeoutError()] * rest


async def _queue(client: Client, record: WireRecord) -> tuple[int, Future[Receipt]]:
    partition = partition_for(record.key, await client.partitions(record.topic))
    future = await client.send(record, partition)
    future.add_done_callback(_seen)
    return partition, future


def _seen(future: Future[Receipt]) -> None:
    """Look at the exception: one that comes when nobody waits any more would be logged as never retrieved."""
    if not future.cancelled():
        future.exception()


def _outcome(partition: int, future: Future[Receipt]) -> Outcome:
    if not future.done():
        return TimeoutError()
    if future.cancelled():
        return ConnectionError("the client was closed")
    if (error := future.exception()) is not None:
        return error if isinstance(error, Exception) else ConnectionError(type(error).__name__)
    offset = future.result().offset
    return Confirmed(partition, offset if offset >= 0 else None)
