"""Fixtures for pytest. Loaded by itself wherever this package is installed.

async def test_x(servers: Servers): ...              # marked `stack`
async def test_y(fresh_database: FreshDatabase): urls = await fresh_database("billing")
def test_z(portal: Addresses): ...                   # the whole stack; marked `e2e`
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack

import pytest
from local_stack.environment import NEWS_FOLD, PER_SOURCE, Addresses
from local_stack.servers.databases import DatabaseUrls

from portal_testing.stack.databases import Servers
from portal_testing.stack.launch import full_stack, shared_servers

FreshDatabase = Callable[[str], Awaitable[DatabaseUrls]]
_running = ExitStack()


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The real PostgreSQL, Valkey and Kafka of this test run."""
    return shared_servers()


@pytest.fixture(scope="session")
def portal() -> Iterator[Addresses]:
    """The whole running stack of this test run, demo businesses included. Starts in about 20 s."""
    # Every browser of the tests comes from one address; what is counted per person stays as it is.
    settings = {**dict.fromkeys(PER_SOURCE, "1000"), NEWS_FOLD: "2"}
    with _running:
        yield _running.enter_context(full_stack(settings))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """End the running stack before the tests begin that break a stack of their own."""
    if nextitem is not None and nextitem.get_closest_marker("chaos"):
        _running.close()


@pytest.fixture
def fresh_database(servers: Servers) -> FreshDatabase:
    """A factory of migrated databases, one for each call."""
    return servers.fresh_database
