"""A database with the tables of identity and nothing else, emptied for each test."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from chassis.identity.migrations import create_identity_1
from local_stack.servers.databases import DatabaseUrls, create_database, database_urls
from portal_testing.stack import Servers

from .tables_identity import NAME, TablesIdentity, migrated


@pytest.fixture(scope="session")
def identity_urls(servers: Servers) -> DatabaseUrls:
    asyncio.run(create_database(servers.superuser_url, NAME, servers.secrets))
    urls = database_urls(servers.superuser_url, NAME, servers.secrets)
    migrated(urls.owner, lambda: create_identity_1(NAME))
    return urls


@pytest.fixture
async def tables(servers: Servers, identity_urls: DatabaseUrls) -> AsyncGenerator[TablesIdentity]:
    async with aclosing(TablesIdentity(servers, identity_urls)) as identity:
        await identity.empty()
        yield identity
