"""The publisher for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Final, NoReturn

from aiokafka.errors import KafkaError

from servicehub_events.catalogue.base import Event
from servicehub_events.codec import WireRecord
from servicehub_events.publisher.client import Client, Connect, KafkaClient, Security
from servicehub_events.publisher.delivery import Confirmed, deliver
from servicehub_events.publisher.failure import FailureCode, PublishFailed, explain
from servicehub_events.publisher.publication import Publication, Published, new_id, now

TIMEOUT_SECONDS: Final = 10.0


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

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Connect, so that a wrong address or password is told at once. Raises `PublishFailed`."""
        await self._opened(())

    async def close(self) -> None:
        """Wait for what is under way, at most the timeout, and disconnect. `publish` would connect again."""
        client, self._client = self._client, None
        if client is not None:
            await self._let_go(client)

    async def publish(
        self,
        event: Event,
        *,
        sequence: int,
        time: datetime | None = None,
        id: str | None = None,  # noqa: A002 - its name in the envelope
        causation_id: str | None = None,
        traceparent: str | None = None,
    ) -> Published:
        """Publish one event and wait until the log has it; `Publication` says what is given with it.

        Raises `InvalidEvent` before anything is sent, and `PublishFailed` if nobody confirmed it.
        """
        publication = Publication(
            event,
            sequence,
            time=time or now(),
            id=id or new_id(),
            causation_id=causation_id,
            traceparent=traceparent,
        )
        return (await self.publish_all([publication]))[0]

    async def publish_all(self, publications: Iterable[Publication]) -> list[Published]:
        """Publish many at once. Those of one aggregate lie in the log in the order given.

        Every one is checked before the first is sent. Raises as `publish` does; then some may have arrived,
        and `PublishFailed.unpublished` holds those that nobody confirmed.
        """
        batch = tuple(publications)
        records = [each.record(self._source) for each in batch]
        client = await self._opened(batch)
        outcomes = await deliver(client, records, self._timeout)
        if errors := {n: each for n, each in enumerate(outcomes) if isinstance(each, Exception)}:
            await self._fail(client, batch, records, errors)
        return [
            Published(each.id, record.topic, outcome.partition, outcome.offset)
            for each, record, outcome in zip(batch, records, outcomes, strict=True)
            if isinstance(outcome, Confirmed)
        ]

    async def _opened(self, batch: tuple[Publication, ...]) -> Client:
        async with self._opening:
            if self._client is None:
                client = self._connect(self._bootstrap, self._security, self._timeout / 2)
                try:
                    await asyncio.wait_for(client.open(), self._timeout)
                except (KafkaError, OSError) as error:  # TimeoutError is an OSError
                    await self._let_go(client)
                    raise PublishFailed(*self._explain(error, "its topics"), batch) from error
                self._client = client
            return self._client

    async def _fail(
        self,
        client: Client,
        batch: Sequence[Publication],
        records: Sequence[WireRecord],
        errors: Mapping[int, Exception],
    ) -> NoReturn:
        failed = sorted(errors)
        cause, record = errors[failed[0]], records[failed[0]]
        if not isinstance(cause, TimeoutError):
            # A batch refused for good leaves a gap in the producer's own numbers: it could send no more.
            if self._client is client:
                self._client = None
            await self._let_go(client)
        unpublished = tuple(batch[n] for n in failed)
        raise PublishFailed(*self._explain(cause, record.topic), unpublished) from cause

    def _explain(self, error: Exception, topic: str) -> tuple[FailureCode, str]:
        return explain(error, topic, self._bootstrap, self._timeout)

    async def _let_go(self, client: Client) -> None:
        closing = asyncio.ensure_future(client.close())
        if not (await asyncio.wait([closing], timeout=self._timeout))[0]:
            client.give_up()
        await closing
