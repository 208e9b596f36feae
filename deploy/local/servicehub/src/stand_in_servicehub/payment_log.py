"""Reads the topic of payments with aiokafka, in no group: only one process writes the SQLite file."""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from servicehub_events import Envelope, InvalidEvent, decode
from servicehub_events.topics import PAYMENTS

from stand_in_servicehub.errors import Unavailable

log = logging.getLogger("simulator")
WAIT_MS = 1_000


class _Record(Protocol):
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class _Consumer(Protocol):
    """What we use of AIOKafkaConsumer, which is not typed."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def assignment(self) -> frozenset[TopicPartition]: ...
    async def getmany(self, *, timeout_ms: int) -> Mapping[TopicPartition, Sequence[_Record]]: ...


async def read_payments(bootstrap: str) -> AsyncGenerator[Sequence[Envelope]]:
    """All payments from the first, then what comes; what breaks the contract is passed over.

    Raises Unavailable, after which it can be called again.
    """
    client: object = AIOKafkaConsumer(
        PAYMENTS.name,
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    consumer = cast(_Consumer, client)
    try:
        await consumer.start()
        partitions = len(consumer.assignment())
        while True:
            batches = await consumer.getmany(timeout_ms=WAIT_MS)
            found = (_envelope(record, partitions) for records in batches.values() for record in records)
            yield [envelope for envelope in found if envelope]
    except (KafkaError, OSError) as error:
        raise Unavailable(f"{PAYMENTS.name} at {bootstrap} cannot be read: {error}") from None
    finally:
        await consumer.stop()


def _envelope(record: _Record, partitions: int) -> Envelope | None:
    try:
        return decode(
            topic=PAYMENTS.name,
            key=record.key,
            headers=record.headers,
            value=record.value,
            partition=record.partition,
            partitions=partitions,
        )
    except InvalidEvent as error:
        where = f"{PAYMENTS.name}[{record.partition}]@{record.offset}"
        log.error("simulator.payment_unreadable: %s: %s", where, error)
        return None
