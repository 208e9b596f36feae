"""Waiting for notices on a real PostgreSQL: each comes, and at once."""

import asyncio
import time

import psycopg
import pytest
from chassis.database import Database, wait_for_notices
from chassis.settings import Secret
from portal_testing.plugin import FreshDatabase

pytestmark = pytest.mark.stack
LONG_SECONDS = 60.0


@pytest.fixture
async def database(fresh_database: FreshDatabase) -> Database:
    return Database(Secret((await fresh_database("branding")).worker))


async def listening(database: Database) -> psycopg.AsyncConnection:
    connection = await database.session()
    await connection.execute(b"LISTEN work")
    return connection


async def test_a_notice_ends_the_wait_and_none_is_lost_between_two_waits(database: Database) -> None:
    async with await listening(database) as connection, await database.session() as other:
        for number in range(40):
            waiting = asyncio.create_task(wait_for_notices(connection, LONG_SECONDS))
            for _ in range(number % 20):  # before, while and after the wait begins
                await asyncio.sleep(0)
            await other.execute(b"NOTIFY work, '%d'" % number)
            async with asyncio.timeout(LONG_SECONDS / 2):
                assert [notice.payload for notice in await waiting] == [str(number)]


async def test_what_came_while_something_else_was_asked_is_found_at_once(database: Database) -> None:
    async with await listening(database) as connection, await database.session() as other:
        await other.execute(b"NOTIFY work, 'early'")
        await connection.execute(b"SELECT pg_sleep(0.05)")
        async with asyncio.timeout(LONG_SECONDS / 2):
            assert [n.payload for n in await wait_for_notices(connection, LONG_SECONDS)] == ["early"]


async def test_without_one_it_waits_as_long_as_it_was_told(database: Database) -> None:
    async with await listening(database) as connection:
        began = time.monotonic()
        assert not await wait_for_notices(connection, 0.3)
        assert time.monotonic() - began >= 0.3


async def test_a_server_that_goes_away_ends_the_wait(database: Database) -> None:
    async with await listening(database) as connection, await database.session() as other:
        waiting = asyncio.create_task(wait_for_notices(connection, LONG_SECONDS))
        await other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            async with asyncio.timeout(LONG_SECONDS / 2):
                await waiting
