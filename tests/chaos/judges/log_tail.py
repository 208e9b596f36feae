"""The end of one topic, watched live: what is written there, and what of it is committed."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from portal_testing.stack import eventually
from servicehub_events import DEFAULT_PARTITIONS

_ON_THE_LOG_SECONDS = 60.0


class _Record(Protocol):
    key: bytes
    headers: Sequence[tuple[str, bytes | None]]


class _Client(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def assign(self, partitions: list[TopicPartition]) -> None: ...
    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def getmany(self, *, timeout_ms: int) -> dict[TopicPartition, list[_Record]]: ...


@dataclass
class LogTail:
    """The event ids of the records of one author: `committed` ones, and all that were `written`.

    `records` is how many were committed, repeated ones included.
    """

    prefix: bytes
    """How the keys of the author's records begin."""
    partitions: list[TopicPartition]
    client: _Client
    """The one that reads all that is written."""
    committed: set[str] = field(default_factory=set[str])
    written: set[str] = field(default_factory=set[str])
    records: int = 0

    async def shows(self, ids: Iterable[str]) -> None:
        """Wait until all these events are committed there. Raises `NeverHappened`."""
        wanted = set(ids)

        async def lacking() -> int:
            return len(wanted - self.committed)

        await eventually(
            lacking, what="all is on the log", within=_ON_THE_LOG_SECONDS, met=lambda left: left == 0
        )

    async def grows_to(self, records: int) -> None:
        """Wait until it has seen so many committed records. Raises `NeverHappened`."""

        async def there() -> bool:
            return self.records >= records

        await eventually(there, what="the log grows", within=_ON_THE_LOG_SECONDS, every=0.005)

    async def has_read_all(self) -> None:
        """Wait until all that is written by now is known. Raises `NeverHappened`."""
        ends = await self.client.end_offsets(self.partitions)

        async def behind() -> list[TopicPartition]:
            return [tp for tp, end in ends.items() if await self.client.position(tp) < end]

        await eventually(behind, what="the end is read", within=30, every=0.01, met=lambda left: not left)

    async def follow_committed(self, client: _Client) -> None:
        """Read on until cancelled."""
        while True:
            ids = await self._next(client)
            self.records += len(ids)
            self.committed.update(ids)

    async def follow_written(self) -> None:
        """Read on until cancelled, also what may never be committed."""
        while True:
            self.written.update(await self._next(self.client))

    async def _next(self, client: _Client) -> list[str]:
        batches = (await client.getmany(timeout_ms=1000)).values()
        records = [record for batch in batches for record in batch if record.key.startswith(self.prefix)]
        return [(dict(record.headers)["ce_id"] or b"").decode() for record in records]


@asynccontextmanager
async def log_tail(bootstrap: str, topic: str, prefix: str) -> AsyncGenerator[LogTail]:
    """Watch from now on, until the block ends."""
    partitions = [TopicPartition(topic, number) for number in range(DEFAULT_PARTITIONS)]
    committed, written = _client(bootstrap, "read_committed"), _client(bootstrap, "read_uncommitted")
    tail = LogTail(prefix.encode(), partitions, written)
    for client in (committed, written):
        await client.start()
        client.assign(partitions)
        for partition in partitions:
            await client.position(partition)  # now is now, not when the first fetch comes to it
    following = asyncio.gather(tail.follow_committed(committed), tail.follow_written())
    try:
        yield tail
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await committed.stop()
        await written.stop()


def _client(bootstrap: str, isolation: Literal["read_committed", "read_uncommitted"]) -> _Client:
    client = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level=isolation,
        auto_offset_reset="latest",
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
    )
    return cast(_Client, client)
