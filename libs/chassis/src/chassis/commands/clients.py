"""Kafka clients of the commands: they read in no group, and write without transactions."""

from collections.abc import Iterable, Mapping
from typing import Protocol, cast

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.kafka import aiokafka_patch
from chassis.kafka.clients import Producer, Record, TopicPartition, security
from chassis.settings.base import KafkaSettings


class TimedRecord(Record, Protocol):
    """A record that says when it was written, in milliseconds since 1970."""

    @property
    def timestamp(self) -> int: ...


class OffsetAndTime(Protocol):
    """The first record at or after a time, the time in milliseconds since 1970."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...


class ReaderClient(Protocol):
    """What a command asks of a client that reads whole topics, in no group."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def assignment(self) -> frozenset[TopicPartition]: ...
    async def getmany(
        self, *, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[TimedRecord]]: ...
    def partitions_for_topic(self, topic: str) -> set[int] | None: ...
    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]: ...
    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]: ...
    async def offsets_for_times(
        self, timestamps: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, OffsetAndTime | None]: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    async def position(self, partition: TopicPartition) -> int: ...


def plain_producer(settings: KafkaSettings) -> Producer:
    """A producer without transactions, for commands: a record is there once, and on every replica."""
    client = AIOKafkaProducer(
        **security(settings), acks="all", enable_idempotence=True, request_timeout_ms=15_000
    )
    return cast(Producer, client)


def reader(settings: KafkaSettings, topics: Iterable[str]) -> ReaderClient:
    """A consumer of all partitions of `topics`, of committed records, in no group; it stands at the start."""
    aiokafka_patch.apply()
    client = AIOKafkaConsumer(
        *topics,
        **security(settings),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        request_timeout_ms=15_000,
    )
    return cast(ReaderClient, client)
