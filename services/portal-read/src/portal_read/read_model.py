"""The projection that pages show: which one is active, and its rows as they lie."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import psycopg
from chassis.database.hot_path import TenantReader
from chassis.identity import SlugOwner

Params = Mapping[str, object]

UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, OSError)
"""What a database raises that does not answer, or of which too much is asked."""

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

    def __init__(self, reader: TenantReader) -> None:
        self._reader = reader
        self._schema = ""

    async def close(self) -> None:
        """Give every connection back."""
        await self._reader.close()

    async def ready(self) -> bool:
        """Whether there is a projection to show."""
        return bool(await self.refresh())

    async def refresh(self) -> str:
        """Which projection is active now. Raises `NoProjection`.

        Never refused for the length of the queue: a process that has much to do is ready nevertheless.
        """
        rows = await self._reader.read("", "public", _ACTIVE, patient=True)
        if not rows:
            raise NoProjection("there is no active projection: run `python -m portal_read migrate`")
        self._schema = str(rows[0][0])
        return self._schema

    async def schema(self) -> str:
        """The active projection as last seen."""
        return self._schema or await self.refresh()

    async def find_slug_owner(self, slug: str) -> SlugOwner | None:
        """The business that a slug, present or former, leads to."""
        rows = await self._reader.read("", await self.schema(), _SLUG_OWNER, {"slug": slug})
        return SlugOwner(*rows[0]) if rows else None

    async def freshness(self) -> FreshnessStamp:
        """How current the projection is; as `refresh`, never refused for the length of the queue."""
        rows = await self._reader.read("", await self.schema(), _FRESHNESS, patient=True)
        return FreshnessStamp(*rows[0])

    async def page(self, business_id: str, statement: bytes, params: Params) -> RowsByPart:
        """The rows of one business that a page's statement selects: `part, id, version, state`."""
        rows: defaultdict[str, list[StoredRow]] = defaultdict(list)
        found = await self._reader.read(business_id, await self.schema(), statement, params)
        for part, key, version, state in found:
            rows[part].append(StoredRow(key, version, state))
        return rows
