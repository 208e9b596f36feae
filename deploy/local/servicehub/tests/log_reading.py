"""Reads back what the simulator published on real Kafka."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from portal_testing.stack import Servers
from servicehub_events import Envelope, decode

TOPICS = ("servicehub.customers.v1", "servicehub.appointments.v1", "servicehub.invoices.v1")


class Record(Protocol):
    """What we use of aiokafka's record, which is not typed."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Consumer(Protocol):
    """What we use of AIOKafkaConsumer, which is not typed."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def partitions_for_topic(self, topic: str) -> set[int] | None: ...
    async def end_offsets(self, partitions: list[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    def unsubscribe(self) -> None: ...
    def assign(self, partitions: list[TopicPartition]) -> None: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def getmany(self, *, timeout_ms: int) -> Mapping[TopicPartition, Sequence[Record]]: ...


@asynccontextmanager
async def consumer_of(servers: Servers) -> AsyncGenerator[Consumer]:
    bare: object = AIOKafkaConsumer(*TOPICS, bootstrap_servers=servers.kafka_bootstrap)
    consumer = cast("Consumer", bare)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def ends(consumer: Consumer) -> Mapping[TopicPartition, int]:
    numbers = {topic: consumer.partitions_for_topic(topic) or set[int]() for topic in TOPICS}
    return await consumer.end_offsets(
        [TopicPartition(topic, number) for topic, found in numbers.items() for number in found]
    )


async def read(servers: Servers, since: Mapping[TopicPartition, int]) -> list[Envelope]:
    """Everything written since these offsets."""
    found: list[Envelope] = []
    async with consumer_of(servers) as consumer:
        until = await ends(consumer)
        consumer.unsubscribe()
        consumer.assign(list(until))
        for partition, offset in since.items():
            consumer.seek(partition, offset)
        while [p for p, end in until.items() if await consumer.position(p) < end]:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [envelope_of(record) for record in records]
    return found


def envelope_of(record: Record) -> Envelope:
    return decode(
        topic=record.topic,
        key=record.key,
        headers=record.headers,
        value=record.value,
    )
