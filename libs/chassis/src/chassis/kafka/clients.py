"""Kafka clients, configured from the settings in one place, and typed as far as we use them."""

import asyncio
import ssl
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol, TypedDict, cast

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from chassis.kafka import aiokafka_patch
from chassis.settings.base import KafkaSettings, ServiceSettings

__all__ = [
    "ConsumerClient",
    "ConsumerRebalanceListener",
    "KafkaOptions",
    "Producer",
    "Record",
    "RecordLocation",
    "TopicPartition",
    "security",
]

log = structlog.get_logger(__name__)
_STOP_SECONDS: Final = 15.0


class Record(Protocol):
    """A record as it was fetched."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class FetchedRecord(Record, Protocol):
    """A record that a consumer was just given."""

    @property
    def timestamp(self) -> int:
        """When it was published: milliseconds since 1970, by its publisher's clock."""
        ...


class Producer(Protocol):
    """What a relay asks of a transactional producer."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def partitions_for(self, topic: str) -> set[int]: ...
    def transaction(self) -> AbstractAsyncContextManager[object]: ...
    async def send(
        self,
        topic: str,
        *,
        key: bytes,
        value: bytes,
        headers: Sequence[tuple[str, bytes]],
        partition: int,
    ) -> Awaitable["RecordLocation"]: ...


class RecordLocation(Protocol):
    """Where a sent record lies."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...


class ConsumerClient(Protocol):
    """What a consumer asks of its client."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def subscribe(self, topics: list[str], *, listener: ConsumerRebalanceListener) -> None: ...
    def assignment(self) -> frozenset[TopicPartition]: ...
    async def getmany(
        self, *, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[FetchedRecord]]: ...
    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]: ...
    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    async def position(self, partition: TopicPartition) -> int: ...
    def last_stable_offset(self, partition: TopicPartition) -> int | None: ...
    def last_poll_timestamp(self, partition: TopicPartition) -> int | None: ...
    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...


class KafkaOptions(TypedDict, total=False):
    """Keyword arguments of every aiokafka client."""

    bootstrap_servers: str
    security_protocol: str
    ssl_context: ssl.SSLContext
    sasl_mechanism: str
    sasl_plain_username: str
    sasl_plain_password: str


def security(settings: KafkaSettings) -> KafkaOptions:
    """Where the brokers are and how they are spoken to."""
    options: KafkaOptions = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol != "PLAINTEXT":
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
    if settings.kafka_security_protocol == "SASL_SSL":
        options["sasl_mechanism"] = "SCRAM-SHA-512"
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password.reveal()
    return options


def producer(settings: ServiceSettings, *, transactional_id: str) -> Producer:
    """A transactional producer: all of a batch is seen, or nothing, and a predecessor of its id is fenced."""
    aiokafka_patch.apply()
    client = AIOKafkaProducer(
        **security(settings),
        transactional_id=transactional_id,
        transaction_timeout_ms=10_000,
        request_timeout_ms=10_000,
        linger_ms=0,
    )
    return cast(Producer, client)


def consumer(settings: ServiceSettings, *, group: str) -> ConsumerClient:
    """A consumer of committed records. It commits nothing by itself and begins where it is told to."""
    aiokafka_patch.apply()
    client = AIOKafkaConsumer(
        **security(settings),
        group_id=group,
        group_instance_id=f"{group}.{settings.kafka_instance_id}" if settings.kafka_instance_id else None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        session_timeout_ms=10_000,
        heartbeat_interval_ms=3_000,
        max_poll_interval_ms=120_000,
        request_timeout_ms=15_000,
    )
    return cast(ConsumerClient, client)


class CommittedEnds(Protocol):
    """What a relay asks of a client that reads nothing: up to where partitions are committed."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]: ...


def committed_ends(settings: ServiceSettings) -> CommittedEnds:
    """A client of no group, to whom the end of a partition is that of its committed records."""
    aiokafka_patch.apply()
    client = AIOKafkaConsumer(
        **security(settings), isolation_level="read_committed", request_timeout_ms=10_000
    )
    return cast(CommittedEnds, client)


class Stoppable(Protocol):
    """A client of either kind."""

    async def stop(self) -> None: ...


async def stop(client: Stoppable) -> None:
    """Close a client, whatever its brokers do; one that is gone for good ends nobody.

    Without its broker aiokafka's own `stop` raises `CancelledError`, of a fetch that it cancelled itself.
    """
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await client.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        log.info("kafka.stopped_without_broker")
    except (KafkaError, OSError, TimeoutError) as error:
        log.info("kafka.stopped_without_broker", error=repr(error))
