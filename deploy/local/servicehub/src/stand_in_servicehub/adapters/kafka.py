"""Publishes with aiokafka, idempotently, to the partition that the contract names."""

from collections.abc import Sequence
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from servicehub_events import Envelope, encode, partition_for

from stand_in_servicehub.errors import Unavailable

REQUEST_TIMEOUT_MS = 10_000


class _Producer(Protocol):
    """What we use of AIOKafkaProducer, which is not typed."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def partitions_for(self, topic: str) -> set[int]: ...
    async def send_and_wait(
        self,
        topic: str,
        value: bytes,
        key: bytes,
        partition: int,
        *,
        headers: Sequence[tuple[str, bytes]],
    ) -> object: ...


class KafkaPublisher:
    """One producer, started by `start` and to be closed by `stop`."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: _Producer | None = None

    async def start(self) -> None:
        """Connect, and look for the topics. Raises Unavailable, after which it can be called again."""
        producer: _Producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            linger_ms=0,
        )
        try:
            await producer.start()
        except (KafkaError, OSError) as error:
            await producer.stop()
            raise Unavailable(f"Kafka at {self._bootstrap} does not answer yet: {error}") from None
        self._producer = producer

    async def stop(self) -> None:
        """Let go of the connection."""
        if self._producer:
            await self._producer.stop()

    async def publish(self, envelope: Envelope) -> int:
        """Send one event; return its partition."""
        if self._producer is None:
            raise Unavailable("Kafka is not connected yet: try again in a moment.")
        record = encode(envelope)
        try:
            count = len(await self._producer.partitions_for(record.topic))
            partition = partition_for(record.key, count)
            await self._producer.send_and_wait(
                record.topic, key=record.key, value=record.value, headers=record.headers, partition=partition
            )
        except (KafkaError, OSError) as error:
            raise Unavailable(
                f"Stored, but Kafka did not take it ({type(error).__name__}); the next action sends it."
            ) from None
        return partition
