"""When the records of a topic were sent, as each of them says; read afterwards, so as not to disturb."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from servicehub_events import DEFAULT_PARTITIONS


class Record(Protocol):
    """What we use of a record."""

    @property
    def timestamp(self) -> int: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class _Client(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def assign(self, partitions: list[TopicPartition]) -> None: ...
    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def getmany(self, *, timeout_ms: int) -> dict[TopicPartition, list[Record]]: ...


@dataclass(frozen=True)
class Log:
    """Committed records of one topic, from the moment of opening."""

    client: _Client
    partitions: list[TopicPartition]

    async def next(self) -> list[Record]:
        """What comes next, within 50 ms; often nothing."""
        found = await self.client.getmany(timeout_ms=50)
        return [record for records in found.values() for record in records]

    async def rest(self) -> list[float]:
        """When each record was sent that has come since, in seconds and in order."""
        ends = await self.client.end_offsets(self.partitions)
        times: list[int] = []
        while [tp for tp, end in ends.items() if await self.client.position(tp) < end]:
            times += [record.timestamp for record in await self.next()]
        return [milliseconds / 1000 for milliseconds in sorted(times)]


@asynccontextmanager
async def log_of(bootstrap: str, topic: str) -> AsyncGenerator[Log]:
    """Open at its end."""
    client = cast(
        _Client,
        AIOKafkaConsumer(
            bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="latest"
        ),
    )
    partitions = [TopicPartition(topic, number) for number in range(DEFAULT_PARTITIONS)]
    await client.start()
    client.assign(partitions)
    for partition in partitions:
        await client.position(partition)  # now is now, not when the first fetch comes to it
    try:
        yield Log(client, partitions)
    finally:
        await client.stop()
