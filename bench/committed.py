"""When the row of an event can be read in the read model: what is left of the way is page and network."""

import asyncio
import time
from types import TracebackType
from typing import Self

import psycopg

from bench.plain_kafka import Visit

_LISTEN = b"LISTEN portal_live"
_VERSION = b"SELECT version FROM projection_1.appointments WHERE business_id = %s AND id = %s"


class Committed:
    """Woken by the projector's NOTIFY, reads the version of one visit (seconds of `perf_counter`)."""

    def __init__(self, database_url: str, visit: Visit) -> None:
        self._url = database_url
        self._key = (visit.business_id, visit.appointment_id)
        self._seen: list[tuple[float, int]] = []

    async def __aenter__(self) -> Self:
        self._listener = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        self._reader = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        await self._listener.execute(_LISTEN)
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._listener.close()
        await self._reader.close()

    def readable(self, version: int) -> float:
        """When this version or a later one could be read."""
        return next(at for at, number in self._seen if number >= version)

    async def has(self, version: int) -> bool:
        """Whether this version or a later one has been read."""
        return bool(self._seen) and self._seen[-1][1] >= version

    async def _watch(self) -> None:
        async for _ in self._listener.notifies():
            row = await (await self._reader.execute(_VERSION, self._key)).fetchone()
            if row is not None:
                self._seen.append((time.perf_counter(), int(row[0])))
