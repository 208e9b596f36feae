"""Reading as the web role: one pipelined round trip a page, the tenant set in the same transaction.

Straight on psycopg: a page is one statement, and what stands between it and the socket is most of its cost.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import psycopg
from chassis.identity import SlugOwner
from chassis.settings.base import Secret
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Params = Mapping[str, object]

UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OSError)
"""What a database that does not answer raises."""

# No page gains from a parallel plan, and without one a UNION keeps the order of its parts.
_OPTIONS = "-c statement_timeout=15000 -c lock_timeout=5000 -c max_parallel_workers_per_gather=0"
_PATIENCE = 8.0
_SCOPE = b"SELECT set_config('app.business_id', %s, true), set_config('search_path', %s, true)"
_ACTIVE = b"SELECT name FROM public.active_projection"
_SLUG_OWNER = (
    b"SELECT business_id, present_slug FROM slugs WHERE slug = %(slug)s"
    b" ORDER BY slug = present_slug DESC, business_id LIMIT 1"
)
_FRESHNESS = b"SELECT changes.count, freshness.as_of FROM changes, freshness"


class StoredRow(NamedTuple):
    """One row as it lies: its state is JSON text, None for a tombstone."""

    id: str
    version: int
    state: str | None


RowsByPart = Mapping[str, list[StoredRow]]
"""Rows by the name of the query part that found them."""


class FreshnessStamp(NamedTuple):
    """How much the projection has applied, and when it last stood at the end of the log, if that is known."""

    changes: int
    as_of: datetime | None


class NoProjection(psycopg.OperationalError):
    """Nothing to show yet: the database is not migrated."""


class ReadModel:
    """The active projection. Its name is kept, and read again by `refresh`."""

    def __init__(self, url: Secret, *, pool_size: int = 5) -> None:
        self._url = url
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            url.reveal(),
            min_size=1,
            max_size=pool_size,
            timeout=5,
            open=False,
            kwargs={"autocommit": True, "options": _OPTIONS, "connect_timeout": 5},
        )
        self._schema = ""

    async def open(self) -> None:
        """Begin to connect; a database that is down is waited for in the background."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Give every connection back."""
        await self._pool.close()

    async def ready(self) -> bool:
        """Whether there is a projection to show."""
        return bool(await self.refresh())

    async def refresh(self) -> str:
        """Which projection is active now. Raises `NoProjection`."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_ACTIVE)).fetchone()
        if row is None:
            raise NoProjection("there is no active projection: run `python -m portal_read migrate`")
        self._schema = str(row[0])
        return self._schema

    async def schema(self) -> str:
        """The active projection as last seen."""
        return self._schema or await self.refresh()

    async def listener(self) -> psycopg.AsyncConnection[TupleRow]:
        """A connection of its own, in autocommit, for LISTEN; the caller closes it."""
        return await psycopg.AsyncConnection.connect(self._url.reveal(), autocommit=True, connect_timeout=5)

    async def find_slug_owner(self, slug: str) -> SlugOwner | None:
        """The business that a slug, present or former, leads to."""
        rows = await self._run("", _SLUG_OWNER, {"slug": slug})
        return SlugOwner(*rows[0]) if rows else None

    async def freshness(self) -> FreshnessStamp:
        """How current the projection is."""
        rows = await self._run("", _FRESHNESS, None)
        return FreshnessStamp(*rows[0])

    async def page(self, business_id: str, statement: bytes, params: Params) -> RowsByPart:
        """The rows of one business that a page's statement selects: `part, id, version, state`."""
        rows: defaultdict[str, list[StoredRow]] = defaultdict(list)
        for part, key, version, state in await self._run(business_id, statement, params):
            rows[part].append(StoredRow(key, version, state))
        return rows

    async def _run(self, business_id: str, statement: bytes, params: Params | None) -> list[TupleRow]:
        schema = await self.schema()
        async with asyncio.timeout(_PATIENCE):  # a frozen server keeps no timeout of its own
            try:
                return await self._once(business_id, schema, statement, params)
            except PoolTimeout:
                raise
            except psycopg.OperationalError:
                await self._pool.check()  # after a restart every pooled connection is dead
                return await self._once(business_id, schema, statement, params)

    async def _once(
        self, business_id: str, schema: str, statement: bytes, params: Params | None
    ) -> list[TupleRow]:
        """Both statements travel at once and are one transaction, which the pipeline's end ends (Sync).

        Were they ever parted, the second would run without a tenant, and so see no row.
        """
        async with self._pool.connection() as connection:
            async with connection.pipeline():
                await connection.execute(_SCOPE, (business_id, schema))
                cursor = await connection.execute(statement, params)
            return await cursor.fetchall()
