"""psycopg without SQLAlchemy, for the two measured hot paths: a page's read, and a batch of the projector.

There one statement, or one pipeline of them, is all; what SQLAlchemy puts between a statement and its socket
would be most of its cost.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final, cast

import psycopg
from psycopg.rows import TupleRow

from chassis.database.connection_queue import ConnectionQueue
from chassis.database.transaction import Transaction
from chassis.observability import telemetry
from chassis.settings.base import Secret

Driver = psycopg.AsyncConnection[TupleRow]
Cursor = psycopg.AsyncCursor[TupleRow]
Values = Mapping[str, object]

# No page gains from a parallel plan, and without one a UNION keeps the order of its parts.
_OPTIONS: Final = "-c statement_timeout=15000 -c lock_timeout=5000 -c max_parallel_workers_per_gather=0"
_SCOPE: Final = b"SELECT set_config('app.business_id', %s, true), set_config('search_path', %s, true)"


class TenantReader:
    """Reads as a role that sees one business at a time: a statement is a transaction and one round trip.

    Connections are opened when they are needed and kept, `pool_size` at most.
    """

    def __init__(self, url: Secret, *, pool_size: int = 5, seconds: float = 8.0) -> None:
        """`seconds` is the longest that a read may take, its wait for a connection included."""
        self._url = url.reveal()
        self._seconds = seconds
        self._queue = ConnectionQueue(pool_size)
        self._idle: list[Driver] = []
        self._closed = False

    async def read(
        self,
        business_id: str,
        search_path: str,
        sql: bytes,
        values: Values | None = None,
        *,
        patient: bool = False,
    ) -> list[TupleRow]:
        """The rows that a statement finds; without a business those that anybody may read.

        Raises `Overloaded`, `TimeoutError`, or an error of psycopg's. `patient`: see `ConnectionQueue.turn`.
        """
        # A frozen server keeps no time limit of its own.
        with telemetry.inner_span("postgresql read", attributes={"db.system.name": "postgresql"}):
            async with asyncio.timeout(self._seconds), self._queue.turn(patient=patient):
                try:
                    return await self._read(business_id, search_path, sql, values)
                except psycopg.OperationalError:
                    await self._drop_idle()  # after a restart every one of them is dead
                    return await self._read(business_id, search_path, sql, values)

    async def close(self) -> None:
        """Close what is idle now, and what is in use as soon as it is not."""
        self._closed = True
        await self._drop_idle()

    async def _read(
        self, business_id: str, search_path: str, sql: bytes, values: Values | None
    ) -> list[TupleRow]:
        """Both statements travel at once and are one transaction, which the pipeline's end ends (Sync).

        Were they ever parted, the second would run without a tenant, and so see no row.
        """
        async with self._connection() as connection:
            async with connection.pipeline():
                await connection.execute(_SCOPE, (business_id, search_path))
                cursor = await connection.execute(sql, values)
            return await cursor.fetchall()

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Driver]:
        """A connection for one read. It is kept if that went well.

        Of one that was cut off nobody knows what is still under way on it. On the way back nothing is waited
        for (psycopg's `close` does not suspend), so that nothing can be cut off there.
        """
        connection = self._idle.pop() if self._idle else await self._connect()
        well = False
        try:
            yield connection
            well = True
        finally:
            if well and not self._closed:
                self._idle.append(connection)
            else:
                await connection.close()

    async def _connect(self) -> Driver:
        if self._closed:
            raise psycopg.OperationalError("the reader is closed")
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, options=_OPTIONS, connect_timeout=5
        )

    async def _drop_idle(self) -> None:
        while self._idle:
            await self._idle.pop().close()


@asynccontextmanager
async def pipelined(tx: Transaction) -> AsyncGenerator[Driver]:
    """The driver's own connection, inside the transaction, its statements sent at once.

    Nothing waits for an answer but who fetches one, and the end of the block. Errors are psycopg's.
    """
    raw = await tx.connection.get_raw_connection()
    driver = cast(Driver, raw.driver_connection)
    async with driver.pipeline():
        yield driver
