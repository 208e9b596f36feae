"""`portal projection` as an operator runs it, and the log it reads: real processes, real Kafka."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from chassis.kafka import clients as kafka
from portal_read.service import build
from portal_read.worker import LOOPS
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers, command
from portal_testing.stack.command import Running, Said
from portal_world import NOW, World
from servicehub_events import Event, encode, partition_for
from servicehub_events.topics import TOPICS


@dataclass(frozen=True)
class Operator:
    """Types `portal projection` in the environment of a worker, as the owner of the database."""

    environment: dict[str, str]

    @classmethod
    def of(cls, world: World) -> "Operator":
        return cls({**world.environment("worker"), "DATABASE_URL": world.urls.owner})

    async def start(self, *words: str) -> Running:
        return await command.start(self.environment, "projection", *words)

    async def run(self, *words: str) -> Said:
        return await command.portal(self.environment, "projection", *words)


@dataclass(frozen=True)
class Publisher:
    """ServiceHub core, as far as it writes to Kafka."""

    producer: AIOKafkaProducer

    async def publish(self, sequence: int, *events: Event) -> None:
        """Send them all, then wait until all are there."""
        sent: list[asyncio.Future[object]] = []
        for event in events:
            record = encode(envelope_of(event, sequence, time=NOW))
            partitions = len(await self.producer.partitions_for(record.topic))  # pyright: ignore[reportUnknownMemberType]
            sent.append(
                await self.producer.send(  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # aiokafka is untyped
                    record.topic,
                    key=record.key,
                    value=record.value,
                    headers=record.headers,
                    partition=partition_for(record.key, partitions),
                )
            )
        await asyncio.gather(*sent)


@asynccontextmanager
async def publishing(servers: Servers) -> AsyncGenerator[Publisher]:
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka_bootstrap)
    await producer.start()
    try:
        yield Publisher(producer)
    finally:
        await producer.stop()


@asynccontextmanager
async def working(world: World) -> AsyncGenerator[None]:
    """The worker's loops, in this process, in place of the read world's made-up positions."""
    await world.run("DELETE FROM positions WHERE topic = 't'")
    ctx = build(world.worker.settings)
    running = [asyncio.create_task(make(ctx).run()) for make in LOOPS.values()]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await ctx.close()


async def log_ends(world: World) -> dict[tuple[str, int], int]:
    """The end of every partition of every topic there is."""
    client = kafka.consumer(world.settings, group="portal-read.test")
    admin = AIOKafkaAdminClient(bootstrap_servers=world.settings.kafka_bootstrap)
    await client.start()
    await admin.start()
    try:
        found: list[dict[str, Any]] = await admin.describe_topics([topic.name for topic in TOPICS])  # pyright: ignore[reportUnknownMemberType]
        partitions = [TopicPartition(t["topic"], p["partition"]) for t in found for p in t["partitions"]]
        ends = await client.end_offsets(partitions)
        return {(tp.topic, tp.partition): end for tp, end in ends.items()}
    finally:
        await admin.close()
        await client.stop()
