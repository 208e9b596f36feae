"""Identity over its tables: the worker's role writes, the web's role asks, each with the rights it has."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from chassis.database import Database, Transaction
from chassis.events_in import Reactions, react
from chassis.identity import (
    CustomerChanges,
    SessionToken,
    SlugOwner,
    find_business,
    find_slug_owner,
    find_viewer,
    forget_session_ends,
    upsert_businesses,
    upsert_customers,
    upsert_session_ends,
)
from chassis.identity.tables import metadata
from chassis.settings.base import Secret
from local_stack.servers.databases import DatabaseUrls
from local_stack.testing.identity import Rights
from servicehub_events import Business, Customer, CustomerErased, Envelope, Session
from sqlalchemy import create_engine, text

REACTIONS: Reactions[None] = {
    Business: upsert_businesses,
    Customer: upsert_customers,
    CustomerErased: upsert_customers,
    Session: upsert_session_ends,
}
_KEPT = {
    # A slug that its business has given up lies there still, and counts for nothing.
    "business_slugs": "SELECT s.* FROM business_slugs s JOIN businesses b USING (business_id, version)",
    **{name: f"SELECT * FROM {name}" for name in ("businesses", "customers", "ended_sessions")},
}


def migrated(url: str, migrate: Callable[[], None]) -> None:
    """Run a migration as the owner of a database."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migrate()
    engine.dispose()


@dataclass(frozen=True, slots=True)
class TablesIdentity:
    """A `ReportingIdentity` over a database that has the tables."""

    owner: Database
    web: Database
    worker: Database
    keeps_living_sessions: bool = False

    @classmethod
    def of(cls, urls: DatabaseUrls) -> "TablesIdentity":
        owner, web, worker = (Database(Secret(url)) for url in (urls.owner, urls.web, urls.worker))
        return cls(owner, web, worker)

    async def close(self) -> None:
        for database in (self.owner, self.web, self.worker):
            await database.close()

    async def empty(self) -> None:
        async with self.owner.transaction() as connection:
            await connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))

    async def apply(self, *batch: Envelope) -> None:
        async with self.worker.transaction() as connection:
            await react(REACTIONS, None, Transaction(connection), batch)

    async def changes(self, *batch: Envelope) -> CustomerChanges:
        async with self.worker.transaction() as connection:
            return await upsert_customers(None, Transaction(connection), batch)

    async def forget_session_ends(self, before: datetime) -> None:
        async with self.worker.transaction() as connection:
            await forget_session_ends(Transaction(connection), before)

    async def rows(self) -> dict[str, list[dict[str, object]]]:
        async with self.worker.transaction() as connection:
            results = {name: await connection.execute(text(sql)) for name, sql in _KEPT.items()}
        return {name: sorted(map(dict, result.mappings()), key=str) for name, result in results.items()}

    async def slug_owner(self, slug: str) -> SlugOwner | None:
        async with self.web.transaction() as connection:
            return await find_slug_owner(Transaction(connection), slug)

    async def rights(self, token: SessionToken | None, business_id: str) -> Rights | None:
        async with self.web.tenant(business_id) as connection:
            tx = Transaction(connection, business_id)
            business = await find_business(tx, business_id)
            if business is None:
                return None
            return Rights.of(await find_viewer(tx, token, business))
