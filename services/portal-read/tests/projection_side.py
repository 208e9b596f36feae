"""`portal projection` as an operator runs it, and the log it reads: real processes, real Kafka."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from chassis.kafka import clients as kafka
from chassis.settings.base import ServiceSettings, load
from local_stack.testing import Servers
from portal_read.service import build
from portal_read.settings import Settings
from portal_read.worker import LOOPS
from read_side import NOW, ReadSide
from servicehub_events import Envelope, Event, encode, partition_for, topic_of, uuid7
from servicehub_events.topics import TOPICS

_COMMAND = "from portal_read.projection.commands import app; app()"


@dataclass(frozen=True)
class Outcome:
    """Exit code and what was said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Operator:
    """Runs the command in the environment of a worker, as the owner of the database."""

    environment: dict[str, str]

    @classmethod
    def of(cls, servers: Servers, side: ReadSide) -> "Operator":
        environment = servers.environment("portal_read", "worker", side.urls, http_port=8102)
        return cls({**environment, "DATABASE_URL": side.urls.owner})

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _COMMAND, *words),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *words: str) -> Outcome:
        process = await self.start(*words)
        out, err = await process.communicate()
        assert process.returncode is not None
        return Outcome(process.returncode, out.decode(), err.decode())


@dataclass(frozen=True)
class Publisher:
    """ServiceHub core, as far as it writes to Kafka."""

    producer: AIOKafkaProducer

    async def publish(self, sequence: int, *events: Event) -> None:
        """Send them all, then wait until all are there."""
        sent: list[asyncio.Future[object]] = []
        for event in events:
            source = topic_of(type(event)).source
            record = encode(
                Envelope(event=event, id=str(uuid7()), source=source, time=NOW, sequence=sequence)
            )
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
async def working(servers: Servers, side: ReadSide) -> AsyncGenerator[None]:
    """The worker's loops, in this process, in place of the read side's made-up positions."""
    async with side.worker.transaction() as connection:
        await connection.exec_driver_sql("DELETE FROM positions WHERE topic = 't'")
    settings = load(Settings, servers.environment("portal_read", "worker", side.urls, http_port=8102))
    ctx = build(settings)
    running = [asyncio.create_task(make(ctx).run()) for make in LOOPS.values()]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await ctx.close()


async def log_ends(servers: Servers, side: ReadSide) -> dict[tuple[str, int], int]:
    """The end of every partition of every topic there is."""
    environment = servers.environment("portal_read", "worker", side.urls, http_port=8102)
    client = kafka.consumer(load(ServiceSettings, environment), group="portal-read.test")
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka_bootstrap)
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
