"""Reads the topic of payments with aiokafka. The caller keeps the positions; Kafka is only told of them."""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from servicehub_events import InvalidEvent, decode

from stand_in_servicehub.errors import Unavailable
from stand_in_servicehub.ports import Fetched
from stand_in_servicehub.rows import Arrival

log = logging.getLogger("simulator")
TOPIC = "portal.payments.v1"
GROUP = "servicehub.payments"
MOST = 500
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
    def assign(self, partitions: list[TopicPartition]) -> None: ...
    def partitions_for_topic(self, topic: str) -> set[int] | None: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def getmany(
        self, *, timeout_ms: int, max_records: int
    ) -> Mapping[TopicPartition, Sequence[_Record]]: ...
    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...


class KafkaPaymentLog:
    """One consumer of all partitions: only one process writes the SQLite file, so nobody shares them."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._consumer: _Consumer | None = None
        self._at: dict[TopicPartition, int] = {}

    async def start(self, positions: Mapping[int, int]) -> None:
        """Connect and go to these positions, elsewhere to the beginning. Raises Unavailable."""
        client: object = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=GROUP,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",  # also when the topic was made anew: repeats do nothing
        )
        self._consumer = cast(_Consumer, client)
        async with self._told():
            assigned = await self._partitions()
            await self._consumer.start()
            self._go_to(self._consumer, assigned, positions)

    async def fetch(self) -> Fetched:
        """Wait up to a second for records; what breaks the contract is passed over. Raises Unavailable."""
        consumer = self._started()
        async with self._told():
            found = await consumer.getmany(timeout_ms=WAIT_MS, max_records=MOST)
            moved = await self._moved(consumer)
        arrivals = [arrival for records in found.values() for arrival in self._read(records)]
        return Fetched(arrivals, moved)

    async def commit(self, positions: Mapping[int, int]) -> None:
        """Tell Kafka how far we are, for those who look at lag. Raises Unavailable."""
        async with self._told():
            offsets = {TopicPartition(TOPIC, partition): offset for partition, offset in positions.items()}
            await self._started().commit(offsets)

    async def stop(self) -> None:
        """Let go of the connection, if there is one."""
        consumer, self._consumer = self._consumer, None
        if consumer:
            await consumer.stop()

    async def _partitions(self) -> list[TopicPartition]:
        """Asked of a client without a group: with one, a second `assign` may break aiokafka's coordinator."""
        client: object = AIOKafkaConsumer(TOPIC, bootstrap_servers=self._bootstrap)
        asking = cast(_Consumer, client)
        try:
            await asking.start()
            numbers = asking.partitions_for_topic(TOPIC) or set[int]()
        finally:
            await asking.stop()
        if not numbers:
            raise Unavailable(f"Kafka at {self._bootstrap} has no topic {TOPIC} yet: `make run` creates it.")
        return [TopicPartition(TOPIC, number) for number in sorted(numbers)]

    def _go_to(
        self, consumer: _Consumer, assigned: list[TopicPartition], positions: Mapping[int, int]
    ) -> None:
        consumer.assign(assigned)
        self._at = {partition: positions.get(partition.partition, 0) for partition in assigned}
        for partition, offset in self._at.items():
            consumer.seek(partition, offset)

    async def _moved(self, consumer: _Consumer) -> dict[int, int]:
        """Positions that changed, over transaction markers too: else a quiet topic would lag for ever."""
        now = {partition: await consumer.position(partition) for partition in self._at}
        moved = {p.partition: offset for p, offset in now.items() if offset != self._at[p]}
        self._at = now
        return moved

    def _read(self, records: Sequence[_Record]) -> list[Arrival]:
        return [arrival for record in records if (arrival := self._arrival(record))]

    def _arrival(self, record: _Record) -> Arrival | None:
        try:
            envelope = decode(
                topic=TOPIC,
                key=record.key,
                headers=record.headers,
                value=record.value,
                partition=record.partition,
                partitions=len(self._at),
            )
        except InvalidEvent as error:
            where = f"{TOPIC}[{record.partition}]@{record.offset}"
            log.error("simulator.payment_unreadable: %s: %s", where, error)
            return None
        return Arrival(record.partition, record.offset + 1, envelope)

    def _started(self) -> _Consumer:
        if self._consumer is None:
            raise Unavailable("The topic of payments is not being read: call start first.")
        return self._consumer

    @asynccontextmanager
    async def _told(self) -> AsyncGenerator[None]:
        try:
            yield
        except (KafkaError, OSError) as error:
            raise Unavailable(f"Kafka at {self._bootstrap} does not answer: {error}") from None
