"""The publisher for asyncio: what is handed to it, what it gives back, and why it may fail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypedDict, Unpack

from aiokafka.errors import KafkaError

from servicehub_events.catalogue.base import Event
from servicehub_events.codec import WireRecord, encode
from servicehub_events.envelope import Envelope
from servicehub_events.errors import InvalidEvent, Malformed
from servicehub_events.ids import uuid7
from servicehub_events.publisher.client import (
    Client,
    Confirmed,
    Connect,
    FailureCode,
    KafkaClient,
    Security,
    deliver,
    explain,
)
from servicehub_events.registry import event_type

TIMEOUT_SECONDS: Final = 10.0


class Details(TypedDict, total=False):
    """What `Publication` explains and fills in where it is left out."""

    time: datetime
    id: str
    causation_id: str | None
    traceparent: str | None
    quiet: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """One event to be published.

    `sequence` is the row version of the aggregate: from 1, higher with each event of it, gaps are fine.
    `time` is when it happened, aware; now if left out. `id` is the event's own, a new UUIDv7 if left out: an
    outbox that is sent again gives the stored one. `causation_id` and `traceparent` say what led here.
    `quiet` marks what is no news, such as an import: nobody is mailed about it.
    """

    event: Event
    sequence: int
    time: datetime = field(default_factory=lambda: datetime.now(UTC), kw_only=True)
    id: str = field(default_factory=lambda: str(uuid7()), kw_only=True)
    causation_id: str | None = field(default=None, kw_only=True)
    traceparent: str | None = field(default=None, kw_only=True)
    quiet: bool = field(default=False, kw_only=True)

    def record(self, source: str) -> WireRecord:
        """The Kafka record, checked as every reader will check it. Raises `InvalidEvent`, naming the event.

        TypeError for a state class (`Invoice`) where an event (`InvoiceIssued`) is meant.
        """
        envelope = Envelope(
            event=self.event,
            id=self.id,
            source=source,
            time=self.time,
            sequence=self.sequence,
            causation_id=self.causation_id,
            traceparent=self.traceparent,
            quiet=self.quiet,
        )
        try:
            return encode(envelope)
        except InvalidEvent as error:
            error.add_note(f"nothing was sent; the event is {event_type(type(self.event))}")
            raise
        except UnicodeEncodeError:
            raise Malformed("a text holds a lone surrogate, which is not UTF-8; nothing was sent") from None


@dataclass(frozen=True, slots=True)
class Published:
    """Where an event lies in the log. `offset` is None if the broker no longer knows: it had it before."""

    id: str
    topic: str
    partition: int
    offset: int | None


class PublishFailed(Exception):
    """The brokers did not confirm an event; whether they have it is not known.

    `code` is stable, for machines. `unpublished` is what was not confirmed, in order, for `publish_all`.
    """

    def __init__(self, code: FailureCode, message: str, unpublished: tuple[Publication, ...] = ()) -> None:
        if unpublished and code != "too_large":
            message += " Publish it again with the same sequence: a repeat does no harm."
        super().__init__(message)
        self.code: FailureCode = code
        self.unpublished = unpublished


class Publisher:
    """Publishes as one source: `async with Publisher("kafka:9092", source="/servicehub/core") as p: …`.

    Make one per process and keep it; several tasks may use it at once. `bootstrap` is `host:port`, or several
    with commas. `timeout` is for how many seconds the brokers may leave a call without an answer.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        source: str,
        security: Security | None = None,
        timeout: float = TIMEOUT_SECONDS,
        connect: Connect = KafkaClient,
    ) -> None:
        if not bootstrap:
            raise ValueError("bootstrap is empty: give host:port of a broker, or several with commas")
        self._bootstrap = bootstrap
        self._source = source
        self._security = security
        self._timeout = timeout
        self._connect = connect
        self._client: Client | None = None
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Publisher:
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Connect, so that a wrong address or password is told at once. Raises `PublishFailed`."""
        await self._opened(())

    async def close(self) -> None:
        """Wait for what is under way, at most the timeout, and disconnect. `publish` would connect again."""
        client, self._client = self._client, None
        if client is not None:
            await self._let_go(client)

    async def publish(self, event: Event, *, sequence: int, **details: Unpack[Details]) -> Published:
        """Publish one event and wait until the log has it.

        `time`, `id`, `causation_id`, `traceparent` and `quiet` may be given; `Publication` says what each is.

        Raises `InvalidEvent` before anything is sent, and `PublishFailed` if nobody confirmed it.
        """
        return (await self.publish_all([Publication(event, sequence, **details)]))[0]

    async def publish_all(self, publications: Iterable[Publication]) -> list[Published]:
        """Publish many at once. Those of one aggregate lie in the log in the order given.

        Every one is checked before the first is sent. Raises as `publish` does; then some may have arrived,
        and `PublishFailed.unpublished` holds those that nobody confirmed.
        """
        batch = tuple(publications)
        records = [publication.record(self._source) for publication in batch]
        client = await self._opened(batch)
        published: list[Published] = []
        failures: list[tuple[Publication, WireRecord, Exception]] = []
        outcomes = await deliver(client, records, self._timeout)
        for publication, record, outcome in zip(batch, records, outcomes, strict=True):
            if isinstance(outcome, Confirmed):
                published.append(Published(publication.id, record.topic, *outcome))
            else:
                failures.append((publication, record, outcome))
        if failures:
            _, record, cause = failures[0]
            if not isinstance(cause, TimeoutError):
                await self._abandon(client)
            raise self._failed(
                cause, record.topic, tuple(publication for publication, _, _ in failures)
            ) from cause
        return published

    async def _opened(self, batch: tuple[Publication, ...]) -> Client:
        async with self._opening:
            if self._client is None:
                client = self._connect(self._bootstrap, self._security, self._timeout / 2)
                try:
                    await asyncio.wait_for(client.open(), self._timeout)
                except (KafkaError, OSError) as error:  # TimeoutError is an OSError
                    await self._let_go(client)
                    raise self._failed(error, "its topics", batch) from error
                self._client = client
            return self._client

    def _failed(self, cause: Exception, topic: str, unpublished: tuple[Publication, ...]) -> PublishFailed:
        code, message = explain(cause, topic, self._bootstrap, self._timeout)
        return PublishFailed(code, message, unpublished)

    async def _abandon(self, client: Client) -> None:
        """A batch refused for good leaves a gap in the producer's own numbers: it could send no more."""
        if self._client is client:
            self._client = None
        await self._let_go(client)

    async def _let_go(self, client: Client) -> None:
        closing = asyncio.ensure_future(client.close())
        if not (await asyncio.wait([closing], timeout=self._timeout))[0]:
            client.give_up()
        await closing
