"""Identity over its tables: the worker's role writes, the web's role asks, each with the rights it has."""

from collections.abc import Callable
from datetime import datetime

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from chassis.context import ServiceContext
from chassis.database import Database
from chassis.events_in import Reactions
from chassis.events_out import EventStore
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
from chassis.process import ServiceDefinition
from chassis.settings import ServiceSettings
from local_stack.environment import Process
from portal_testing.identity import Rights
from portal_testing.world import World
from servicehub_events import Business, Customer, CustomerErased, Envelope, Session
from sqlalchemy import create_engine

NAME = "chassis_identity"
REACTIONS: Reactions[object] = {
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


def _build(settings: ServiceSettings) -> ServiceContext[ServiceSettings]:
    return ServiceContext(settings=settings, database=Database(settings.database_url), events=EventStore())


class TablesIdentity(World[ServiceSettings, ServiceContext[ServiceSettings]]):
    """A `ReportingIdentity` over a database that has the tables, in a service that does nothing else."""

    service = ServiceDefinition(package=NAME, settings=ServiceSettings, build=_build, loops={})
    reactions = REACTIONS
    keeps_living_sessions = False

    def environment(self, process: Process) -> dict[str, str]:
        """What every service is told; some service has to be named."""
        return self.servers.environment("branding", process, self.urls, http_port=1)

    async def empty(self) -> None:
        async with self.as_owner() as tx:
            await tx.run(f"TRUNCATE {', '.join(metadata.tables)}")

    async def changes(self, *batch: Envelope) -> CustomerChanges:
        async with self.worker.all_tenants() as tx:
            return await upsert_customers(None, tx, batch)

    async def forget_session_ends(self, before: datetime) -> None:
        async with self.worker.all_tenants() as tx:
            await forget_session_ends(tx, before)

    async def kept(self) -> dict[str, list[str]]:
        return {
            name: [
                str(row) for (row,) in await self.rows(f"SELECT to_jsonb(t)::text FROM ({sql}) t ORDER BY 1")
            ]
            for name, sql in _KEPT.items()
        }

    async def slug_owner(self, slug: str) -> SlugOwner | None:
        async with self.web.all_tenants() as tx:
            return await find_slug_owner(tx, slug)

    async def rights(self, token: SessionToken | None, business_id: str) -> Rights | None:
        async with self.web.tenant(business_id) as tx:
            business = await find_business(tx, business_id)
            return business and Rights.of(await find_viewer(tx, token, business))
