"""Fixtures for pytest. Loaded by itself wherever this package is installed.

async def test_x(servers: Servers): ...              # marked `stack`
async def test_y(fresh_database: FreshDatabase): urls = await fresh_database("billing")
"""

from collections.abc import Awaitable, Callable

import pytest

from local_stack.servers.databases import DatabaseUrls
from local_stack.testing.databases import Servers
from local_stack.testing.launch import shared_servers

FreshDatabase = Callable[[str], Awaitable[DatabaseUrls]]


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The real PostgreSQL, Valkey and Kafka of this test run."""
    return shared_servers()


@pytest.fixture
def fresh_database(servers: Servers) -> FreshDatabase:
    """A factory of migrated databases, one for each call."""
    return servers.fresh_database
