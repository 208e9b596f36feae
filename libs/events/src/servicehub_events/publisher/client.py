"""aiokafka as a publisher uses it: the port, how it is made, and how it is let go of."""

from __future__ import annotations

import ssl
from asyncio import Future
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypedDict, cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed

from servicehub_events.codec import WireRecord


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


Connect = Callable[[str, Security | None, float], Client]
"""(bootstrap, security, seconds that one request may take) → a client that is not yet open."""


class _Options(TypedDict, total=False):
    security_protocol: str
    ssl_context: ssl.SSLContext
    sasl_mechanism: str
    sasl_plain_username: str
    sasl_plain_password: str


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
            **_options(security),
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


def _options(security: Security | None) -> _Options:
    if security is None:
        return {}
    context = ssl.create_default_context(cafile=security.ca_file)
    if security.certificate_file:
        context.load_cert_chain(security.certificate_file, security.key_file)
    options: _Options = {"security_protocol": "SSL", "ssl_context": context}
    if security.username is not None and security.password is not None:
        options |= {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": security.mechanism,
            "sasl_plain_username": security.username,
            "sasl_plain_password": security.password,
        }
    return options
