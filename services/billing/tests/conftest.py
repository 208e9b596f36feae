"""Fixtures of billing's tests."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest
import structlog
from chassis.database.database import Database
from chassis.settings.base import Secret
from local_stack.servers.databases import DatabaseUrls
from local_stack.testing import Servers
from sqlalchemy import text

from .billing_world import World
from .portal_browser import Browser

_TABLES = text("SELECT string_agg(tablename, ', ') FROM pg_tables WHERE schemaname = 'public'")
_KEPT = ("alembic_version",)


@dataclass
class Emptied:
    """One migrated database for all tests: made once, emptied in between."""

    servers: Servers
    made: list[DatabaseUrls] = field(default_factory=list[DatabaseUrls])

    async def database(self) -> DatabaseUrls:
        """The database, empty."""
        if not self.made:
            self.made.append(await self.servers.fresh_database("billing"))
        owner = Database(Secret(self.made[0].owner), pool_size=1)
        async with owner.transaction() as connection:
            tables = str(await connection.scalar(_TABLES)).split(", ")
            names = ", ".join(table for table in tables if table not in _KEPT)
            await connection.execute(text(f"TRUNCATE {names}"))
        await owner.close()
        return self.made[0]


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """Structlog's own ones show every local variable, which takes seconds."""
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.stdlib.add_log_level, console])


@pytest.fixture(scope="session")
def emptied(servers: Servers) -> Emptied:
    """The database that tests share one after the other."""
    return Emptied(servers)


@pytest.fixture
async def world(emptied: Emptied) -> AsyncGenerator[World]:
    """A billing service on an empty database."""
    world = World(await emptied.database())
    yield world
    await world.close()


@pytest.fixture
async def browser(world: World) -> AsyncGenerator[Browser]:
    """The customer's browser, signed in; the customer has no invoice yet."""
    await world.know()
    browser = Browser(world)
    yield browser
    await browser.http.aclose()
