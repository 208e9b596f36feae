"""The projection that pages show: which one is active, and its rows as they lie."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

import psycopg
import structlog
from chassis.database.hot_path import TenantReader
from chassis.encryption import Undecipherable
from chassis.identity import SlugOwner

from portal_read.projection.names import SCHEMA_VERSION
from portal_read.projection.register import FIND_SHOWN
from portal_read.projection.sealed_states import StateCipher

log = structlog.get_logger(__name__)

Params = Mapping[str, object]

UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, OSError)
"""What a database raises that does not answer, or of which too much is asked."""

_SHOWN = FIND_SHOWN.encode()
_SLUG_OWNER = (
    b"SELECT business_id, present_slug FROM slugs WHERE slug = %(slug)s"
    b" ORDER BY slug = present_slug DESC, business_id LIMIT 1"
)
_PORTALS = b"SELECT slug FROM portals WHERE coalesce(domain, '') = %(domain)s ORDER BY slug LIMIT %(limit)s"
_LARGEST_SITEMAP: Final = 50_000
"""Addresses, by the protocol of sitemaps."""
_FRESHNESS = b"SELECT changes.count, freshness.as_of FROM changes, freshness"


class StoredRow(NamedTuple):
    """One row, opened: its state is JSON, None for a tombstone, and empty where it could not be opened."""

    id: str
    version: int
    state: bytes | None


RowsByPart = Mapping[str, list[StoredRow]]
"""Rows by the name of the query part that found them."""

TABLE_OF_PART: Final = {
    "business": "businesses",
    "customer": "customers",
    "session": "sessions",
    "device": "sessions",
    "preferences": "preferences",
    "payment": "payments",
    "this_payment": "payments",
    "invoice": "invoices",
    "unpaid": "invoices",
    "settled": "invoices",
    "in_credit": "invoices",
    "named": "invoices",
    "charged": "invoices",
    "appointment": "appointments",
    "upcoming": "appointments",
    "past": "appointments",
    "searched": "appointments",
    "cancelled": "appointments",
    "feed": "calendar_feeds",
    "seen": "snapshots",
    "asked": "appointments",
    "request": "events",
    "autopay": "autopays",
    "message": "messages",
}
"""Where the rows of a part come from, and so what their states were encrypted for."""


class FreshnessStamp(NamedTuple):
    """How much the projection has applied, and when it last stood at the end of the log, if that is known."""

    changes: int
    as_of: datetime | None


class NoProjection(psycopg.OperationalError):
    """Nothing that this build can show: the database is not migrated, or no projection is of its version."""


class ReadModel:
    """The projection that this build shows. Its name is kept, and read again by `refresh`."""

    def __init__(self, reader: TenantReader, cipher: StateCipher) -> None:
        self._reader = reader
        self.cipher = cipher
        self._schema = ""

    async def close(self) -> None:
        """Give every connection back."""
        await self._reader.close()

    async def ready(self) -> bool:
        """Whether there is a projection to show."""
        return bool(await self.refresh())

    async def refresh(self) -> str:
        """Which projection is shown now. Raises `NoProjection`.

        Never refused for the length of the queue: a process that has much to do is ready nevertheless.
        """
        rows = await self._reader.read("", "public", _SHOWN, patient=True)
        if not rows:
            raise NoProjection(
                f"no projection of schema version {SCHEMA_VERSION} is complete:"
                " `python -m portal_read migrate` makes the first"
                " one, `portal projection rebuild` one beside those of another version"
            )
        self._schema = str(rows[0][0])
        return self._schema

    async def schema(self) -> str:
        """The shown projection as last seen."""
        return self._schema or await self.refresh()

    async def find_slug_owner(self, slug: str) -> SlugOwner | None:
        """The business that a slug, present or former, leads to."""
        rows = await self._reader.read("", await self.schema(), _SLUG_OWNER, {"slug": slug})
        return SlugOwner(*rows[0]) if rows else None

    async def list_portals(self, domain: str) -> list[str]:
        """Slugs of the portals that are on at a domain of their business or, by "", at the platform."""
        params = {"domain": domain, "limit": _LARGEST_SITEMAP}
        return [str(row[0]) for row in await self._reader.read("", await self.schema(), _PORTALS, params)]

    async def freshness(self) -> FreshnessStamp:
        """How current the projection is; as `refresh`, never refused for the length of the queue."""
        rows = await self._reader.read("", await self.schema(), _FRESHNESS, patient=True)
        return FreshnessStamp(*rows[0])

    async def page(self, business_id: str, statement: bytes, params: Params) -> RowsByPart:
        """The rows of one business that a page's statement selects: `part, id, version, state`."""
        rows: defaultdict[str, list[StoredRow]] = defaultdict(list)
        found = await self._reader.read(business_id, await self.schema(), statement, params)
        for part, key, version, state in found:
            opened = None if state is None else self._open(part, business_id, key, version, state)
            rows[part].append(StoredRow(key, version, opened))
        return rows

    def _open(self, part: str, business_id: str, key: str, version: int, state: bytes) -> bytes:
        """Nothing for what cannot be opened: a page is shown without it, as without other bad rows."""
        table = TABLE_OF_PART[part]
        try:
            return self.cipher.open(table, business_id, key, version, state)
        except Undecipherable as error:
            log.error("row.undecipherable", table=table, key=f"{business_id}/{key}", error=str(error))
            return b""
