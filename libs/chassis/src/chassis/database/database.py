"""PostgreSQL: one engine a process, one role a process, the tenant set with every web transaction."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chassis.settings.base import Secret

Driver = psycopg.AsyncConnection[TupleRow]
_SET_TENANT = text("SELECT set_config('app.business_id', :business_id, true)")
_WEB_SECONDS = 8.0
_CONNECT = {  # a half-open connection is found out within 20 s
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_OPTIONS = "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"


class Database:
    """Transactions on one database as one role. `tenant()` for web processes, `transaction()` for workers."""

    def __init__(self, url: Secret, *, pool_size: int = 5, search_path: str = "") -> None:
        options = _OPTIONS + (f" -c search_path={search_path}" if search_path else "")
        self.url = url.reveal()
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
    async def transaction(self) -> AsyncGenerator[AsyncConnection, None]:
        """A transaction without a tenant: what row-level security allows the role."""
        async with self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def tenant(self, business_id: str) -> AsyncGenerator[AsyncConnection, None]:
        """A transaction that sees and writes the rows of one business alone, within 8 s."""
        async with asyncio.timeout(_WEB_SECONDS), self.engine.begin() as connection:
            await connection.execute(_SET_TENANT, {"business_id": business_id})
            yield connection

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
        """Whether the database answers."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return True

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


@asynccontextmanager
async def pipelined(connection: AsyncConnection) -> AsyncGenerator[Driver]:
    """The driver's own connection, inside the transaction of `connection`, its statements sent at once.

    Nothing waits for an answer but who fetches one, and the end of the block. Errors are psycopg's.
    """
    raw = await connection.get_raw_connection()
    driver = cast(Driver, raw.driver_connection)
    async with driver.pipeline():
        yield driver


def is_transient(error: BaseException) -> bool:
    """Whether the same statement may succeed later: lost connection, deadlock, timeout, restart."""
    if isinstance(error, PoolTimeout | psycopg.OperationalError | ConnectionError | TimeoutError):
        return True
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated
