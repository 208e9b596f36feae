"""The yardstick: produce, consume, commit one row, as one flat script would, on the same servers."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Protocol, Self, cast

import psycopg
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.plain_kafka import Producer, producer

TOPIC = "bench.flat"
_TABLE = b"CREATE TABLE bench_flat (id text PRIMARY KEY, marker bigint NOT NULL)"
_PUT = b"INSERT INTO bench_flat VALUES ('one', %s) ON CONFLICT (id) DO UPDATE SET marker = EXCLUDED.marker"


class _Record(NamedTuple):
    value: bytes


class _Consumer(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def getmany(self, *, timeout_ms: int) -> Mapping[object, Sequence[_Record]]: ...


class Flat:
    """Sends markers and remembers when each was committed (seconds of `perf_counter`)."""

    def __init__(self, bootstrap: str, database_url: str) -> None:
        self._bootstrap = bootstrap
        self._url = database_url
        self.seen: dict[int, float] = {}
        self._producer: Producer = producer(bootstrap)
        self._consumer = cast(
            _Consumer,
            AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest"),
        )

    async def __aenter__(self) -> Self:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(TOPIC, 1, 1)])
        await admin.close()
        self._connection = await psycopg.AsyncConnection.connect(self._url)
        await self._connection.execute(_TABLE)
        await self._connection.commit()
        await self._producer.start()
        await self._consumer.start()
        self._task = asyncio.create_task(self._apply())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._consumer.stop()
        await self._producer.stop()
        await self._connection.close()

    async def send(self, marker: int) -> None:
        """Publish one marker."""
        await self._producer.send(TOPIC, str(marker).encode(), key=b"one")

    async def has(self, marker: int) -> bool:
        """Whether this marker is committed."""
        return marker in self.seen

    async def _apply(self) -> None:
        while True:
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    await self._connection.execute(_PUT, (int(record.value),))
                await self._connection.commit()
                for record in records:
                    self.seen[int(record.value)] = time.perf_counter()
