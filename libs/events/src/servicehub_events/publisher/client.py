"""Kafka as the publisher uses it: the port, the real client, a batch through either, what an error means."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import Future
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NoBrokersAvailable,
    ProducerClosed,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from servicehub_events.codec import WireRecord
from servicehub_events.partition import partition_for

FailureCode = Literal["no_answer", "no_topic", "not_allowed", "too_large", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """How the brokers are spoken to: always by TLS; with `username` also by SASL.

    `ca_file` is the authority to trust in place of the system's; certificate and key are for mutual TLS.
    """

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"

    def __post_init__(self) -> None:
        if (self.username is None) != (self.password is None):
            raise ValueError("give username and password, or neither")

    @property
    def protocol(self) -> str:
        """Kafka's name for it."""
        return "SSL" if self.username is None else "SASL_SSL"

    def ssl_context(self) -> ssl.SSLContext:
        """TLS with verification. Raises OSError for a file that cannot be read."""
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.certificate_file:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context


class Receipt(Protocol):
    """What the broker answers; an offset below zero is one that it no longer knows."""

    @property
    def offset(self) -> int: ...


class Client(Protocol):
    """An idempotent producer. All of it may raise an error of aiokafka."""

    async def open(self) -> None: ...

    async def partitions(self, topic: str) -> int:
        """How many the topic has."""
        ...

    async def send(self, record: WireRecord, partition: int) -> Future[Receipt]:
        """Put a record into the queue of its partition; waits while that is full."""
        ...

    async def close(self) -> None:
        """Send what is queued, however long it takes, and disconnect."""
        ...

    def give_up(self) -> None:
        """Forget what is queued, so that `close` can end."""
        ...


Connect = Callable[[str, Security | None, float], Client]
"""(bootstrap, security, seconds that one request may take) → a client that is not yet open."""


class _Accumulator(Protocol):
    def fail_all(self, exception: Exception) -> None: ...


class _Producer(Protocol):
    """What we use of AIOKafkaProducer, which is not typed."""

    _message_accumulator: _Accumulator

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def partitions_for(self, topic: str) -> set[int]: ...
    async def send(
        self, topic: str, *, key: bytes, value: bytes, headers: list[tuple[str, bytes]], partition: int
    ) -> Future[Receipt]: ...


class KafkaClient:
    """The real one. Made within a running event loop."""

    def __init__(self, bootstrap: str, security: Security | None, request_seconds: float) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            enable_idempotence=True,  # with it come acks=all and order under retries
            request_timeout_ms=round(request_seconds * 1000),
            security_protocol=security.protocol if security else "PLAINTEXT",
            ssl_context=security.ssl_context() if security else None,
            sasl_mechanism=security.mechanism if security else "PLAIN",
            sasl_plain_username=security.username if security else None,
            sasl_plain_password=security.password if security else None,
        )
        self._producer = cast(_Producer, producer)

    async def open(self) -> None:
        await self._producer.start()

    async def partitions(self, topic: str) -> int:
        return len(await self._producer.partitions_for(topic))

    async def send(self, record: WireRecord, partition: int) -> Future[Receipt]:
        return await self._producer.send(
            record.topic, key=record.key, value=record.value, headers=record.headers, partition=partition
        )

    async def close(self) -> None:
        await self._producer.stop()

    def give_up(self) -> None:
        # An idempotent aiokafka producer retries for ever, and its stop() waits for that.
        self._producer._message_accumulator.fail_all(ProducerClosed())  # pyright: ignore[reportPrivateUsage]


class Confirmed(NamedTuple):
    """Where a record lies; without an offset if the broker no longer knows it."""

    partition: int
    offset: int | None


async def deliver(
    client: Client, records: Sequence[WireRecord], seconds: float
) -> list[Confirmed | Exception]:
    """Send records in order and wait for them, each step at most `seconds`; an exception says why not.

    After one that could not be queued none is sent, so that nothing overtakes it.
    """
    queued: list[tuple[int, Future[Receipt]]] = []
    refusal: Exception = TimeoutError()
    try:
        for record in records:
            place = await asyncio.wait_for(_queue(client, record), seconds)
            queued.append(place)
    except (KafkaError, OSError) as error:  # TimeoutError is an OSError
        refusal = error
    if queued:
        await asyncio.wait([future for _, future in queued], timeout=seconds)
    unsent = len(records) - len(queued)
    return [_outcome(partition, future) for partition, future in queued] + [refusal] * unsent


async def _queue(client: Client, record: WireRecord) -> tuple[int, Future[Receipt]]:
    partition = partition_for(record.key, await client.partitions(record.topic))
    future = await client.send(record, partition)
    # An exception that comes when nobody waits any more would be logged as never retrieved.
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return partition, future


def _outcome(partition: int, future: Future[Receipt]) -> Confirmed | Exception:
    if not future.done():
        return TimeoutError()
    if future.cancelled():
        return ConnectionError("the client was closed")
    if (error := future.exception()) is not None:
        return error if isinstance(error, Exception) else ConnectionError(type(error).__name__)
    offset = future.result().offset
    return Confirmed(partition, offset if offset >= 0 else None)


def explain(error: Exception, topic: str, bootstrap: str, seconds: float) -> tuple[FailureCode, str]:
    """What an error of the client, or `seconds` without an answer, means for whoever publishes to `topic`."""
    match error:
        case TimeoutError() | KafkaTimeoutError():
            return "no_answer", (
                f"Kafka at {bootstrap} confirmed nothing for {seconds:g} s: is it up, and can it be reached"
                f" at the address that it advertises?"
            )
        case KafkaConnectionError() | NoBrokersAvailable() | OSError():
            return "no_answer", (
                f"Kafka at {bootstrap} cannot be reached, or refuses TLS or the user (the log of aiokafka"
                f" says which): check the address and the security settings."
            )
        case UnknownTopicOrPartitionError():
            return "no_topic", (
                f"Kafka at {bootstrap} has no topic {topic}: create it as libs/events/topics.json says."
            )
        case TopicAuthorizationFailedError() | ClusterAuthorizationFailedError():
            return "not_allowed", f"This user may not write to {topic}: grant it WRITE and DESCRIBE."
        case AuthenticationFailedError() | SaslAuthenticationFailed():
            return "not_allowed", f"Kafka at {bootstrap} refuses this user: check name, password, mechanism."
        case MessageSizeTooLargeError():
            return "too_large", (
                f"{topic} takes smaller records only: set max.message.bytes as libs/events/topics.json says."
            )
        case _:
            name = str(error) if isinstance(error, KafkaError) else type(error).__name__
            return "refused", f"Kafka did not take an event of {topic} ({name})."
