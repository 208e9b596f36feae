"""A database with the tables of identity and nothing else, emptied for each test."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from chassis.identity.migrations import create_identity_1
from local_stack.servers.databases import DatabaseUrls, create_database, database_urls
from local_stack.testing import Servers

from .tables_identity import TablesIdentity, migrated

NAME = "chassis_identity"


@pytest.fixture(scope="session")
def identity_urls(servers: Servers) -> DatabaseUrls:
    asyncio.run(create_database(servers.superuser_url, NAME, servers.secrets))
    urls = database_urls(servers.superuser_url, NAME, servers.secrets)
    migrated(urls.owner, lambda: create_identity_1(NAME))
    return urls


@pytest.fixture
async def tables(identity_urls: DatabaseUrls) -> AsyncGenerator[TablesIdentity]:
    identity = TablesIdentity.of(identity_urls)
    await identity.empty()
    yield identity
    await identity.close()
