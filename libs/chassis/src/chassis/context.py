"""What every handler, reaction and loop of a service works with, in the web process and in the worker."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from chassis.clock import Clock, NewId, new_id, system_clock
from chassis.database.database import Database
from chassis.database.transaction import Transaction
from chassis.events_out.event_store import EventStore
from chassis.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceContext(Generic[S]):
    """A service adds its ports as fields."""

    settings: S
    database: Database
    events: EventStore
    clock: Clock = system_clock
    new_id: NewId = new_id

    @asynccontextmanager
    async def tenant(self, business_id: str) -> AsyncGenerator[Transaction]:
        """A transaction that sees and writes the rows of one business alone, within 8 s."""
        async with self.database.tenant(business_id) as tx:
            yield tx

    @asynccontextmanager
    async def all_tenants(self) -> AsyncGenerator[Transaction]:
        """A transaction that sees what row-level security lets the role see without a tenant."""
        async with self.database.transaction() as tx:
            yield tx

    async def ready(self) -> bool:
        """Whether the web process can answer; raises what keeps it from it."""
        return await self.database.ready()

    async def close(self) -> None:
        """Give every connection back."""
        await self.database.close()
