"""PostgreSQL: one engine a process, one role a process, the tenant set with every web transaction."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from chassis.database.connection_queue import ConnectionQueue
from chassis.database.transaction import Transaction
from chassis.observability import telemetry
from chassis.settings.base import Secret

_SET_TENANT = text("SELECT set_config('app.business_id', :business_id, true)")
_CONNECT = {  # a half-open connection is found out within 20 s
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_OPTIONS = "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"


class Database:
    """Transactions on one database as one role. `tenant()` for web processes, `transaction()` for workers.

    Both raise `Overloaded` when more wait for a connection than can be served in time.
    """

    def __init__(
        self, url: Secret, *, pool_size: int = 5, search_path: str = "", web_seconds: float = 8.0
    ) -> None:
        options = _OPTIONS + (f" -c search_path={search_path}" if search_path else "")
        self.url = url.reveal()
        self._web_seconds = web_seconds
        self._queue = ConnectionQueue(pool_size)
        self.engine: AsyncEngine = create_async_engine(
            self.url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=True,
            hide_parameters=True,  # an error is logged, and its parameters may name a person
            connect_args={"options": options, **_CONNECT},
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """A transaction without a tenant: what row-level security allows the role."""
        with _span():
            async with self._queue.turn(), self.engine.begin() as connection:
                yield Transaction(connection)

    @asynccontextmanager
    async def tenant(self, business_id: str) -> AsyncGenerator[Transaction]:
        """A transaction that sees and writes the rows of one business alone, within `web_seconds`."""
        with _span():
            async with (
                asyncio.timeout(self._web_seconds),
                self._queue.turn(),
                self.engine.begin() as connection,
            ):
                await connection.execute(_SET_TENANT, {"business_id": business_id})
                yield Transaction(connection, business_id)

    async def session(self, *, idle_timeout_ms: int = 0) -> psycopg.AsyncConnection:
        """A connection of its own, in autocommit, for advisory locks and LISTEN; the caller closes it.

        With a timeout, the server ends it when this side asks nothing for so long, or leaves what it
        asked for unread.
        """
        connection = await psycopg.AsyncConnection.connect(self.url, autocommit=True, connect_timeout=5)
        if idle_timeout_ms:
            for limit in (b"idle_session_timeout", b"tcp_user_timeout"):
                await connection.execute(b"SET %b = %d" % (limit, idle_timeout_ms))
        return connection

    async def ready(self) -> bool:
        """Whether the database answers, also when many wait for it."""
        async with self._queue.turn(patient=True), self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return True

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def _span() -> AbstractContextManager[object]:
    """A transaction as a part of its trace, its wait for a connection included."""
    return telemetry.inner_span("postgresql transaction", attributes={"db.system.name": "postgresql"})


async def wait_for_notices(connection: psycopg.AsyncConnection, seconds: float) -> Sequence[psycopg.Notify]:
    """What was notified since the last call, as soon as there is something; nothing after so many seconds.

    psycopg's own wait wakes ten times a second to look whether its socket has something, for nothing.
    """
    ends_at = time.monotonic() + seconds
    while True:
        notices = [notice async for notice in connection.notifies(timeout=0)]
        if notices or (left := ends_at - time.monotonic()) <= 0:
            return notices
        await _readable(connection.fileno(), left)


async def _readable(socket: int, seconds: float) -> None:
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(socket, readable.set)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await readable.wait()
    finally:
        loop.remove_reader(socket)


def is_transient(error: BaseException) -> bool:
    """Whether the same statement may succeed later: lost connection, deadlock, timeout, restart."""
    if isinstance(error, PoolTimeout | psycopg.OperationalError | ConnectionError | TimeoutError):
        return True
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated
