"""On real Kafka: what is published can be read back by the contract, each event where its key belongs."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from local_stack.simulator.adapters.kafka import KafkaPublisher
from local_stack.simulator.core import Core
from local_stack.simulator.demo import DEMO
from local_stack.simulator.errors import Unavailable
from local_stack.simulator.setup import prepare
from local_stack.testing import Servers
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
        partition=record.partition,
    )


@pytest.mark.stack
async def test_the_demo_arrives_in_the_right_partitions(fresh: Core, servers: Servers) -> None:
    async with consumer_of(servers) as consumer:
        before = await ends(consumer)
    publisher = KafkaPublisher(servers.kafka_bootstrap)
    fresh.publisher = publisher
    try:
        await prepare(fresh, publisher.start)
    finally:
        await publisher.stop()
    found = await read(servers, before)
    ours = [envelope for envelope in found if envelope.business_id in DEMO]
    expected = [event for demo in DEMO.values() for event, _ in demo.events(fresh.today(demo.profile))]
    assert len(ours) == len(expected)
    assert all(envelope.event in expected for envelope in ours)


@pytest.mark.stack
async def test_no_broker_is_an_error_that_can_be_waited_out() -> None:
    publisher = KafkaPublisher("127.0.0.1:9")
    with pytest.raises(Unavailable, match=re.escape("127.0.0.1:9")):
        await publisher.start()
    await publisher.stop()
