"""The publisher for code without asyncio: the same one, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from threading import Thread
from typing import TypeVar, Unpack

from servicehub_events.catalogue.base import Event
from servicehub_events.publisher.client import Connect, KafkaClient, Security
from servicehub_events.publisher.publisher import (
    TIMEOUT_SECONDS,
    Details,
    Publication,
    Published,
    Publisher,
)

T = TypeVar("T")


class SyncPublisher:
    """`with SyncPublisher("kafka:9092", source="/servicehub/core") as publisher: …`; else as `Publisher`.

    Make one per process and keep it; any thread may use it. Open it after a fork, not before: threads and
    connections stay behind.
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
        self._publisher = Publisher(
            bootstrap, source=source, security=security, timeout=timeout, connect=connect
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> SyncPublisher:
        self.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def open(self) -> None:
        """Connect, so that a wrong address or password is told at once. Raises `PublishFailed`."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = Thread(target=self._loop.run_forever, name="servicehub-publisher", daemon=True)
            self._thread.start()
        try:
            self._run(self._publisher.open())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Wait for what is under way, at most the timeout, disconnect and end the thread."""
        if self._loop is None or self._thread is None:
            return
        self._run(self._publisher.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    def publish(self, event: Event, *, sequence: int, **details: Unpack[Details]) -> Published:
        """As `Publisher.publish`, blocking."""
        return self._run(self._publisher.publish(event, sequence=sequence, **details))

    def publish_all(self, publications: Iterable[Publication]) -> list[Published]:
        """As `Publisher.publish_all`, blocking."""
        return self._run(self._publisher.publish_all(publications))

    def _run(self, work: Coroutine[object, object, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError("the publisher is not open: use it in a `with` block, or call open()")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
