"""Asked for more than it can do, and cut at any moment: a process refuses early and loses no connection."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from random import Random

import pytest
from chassis.database.database import Database
from chassis.database.hot_path import TenantReader
from chassis.settings.base import Secret
from portal_testing.stack import eventually
from sqlalchemy import text

from .conftest import Bench

pytestmark = pytest.mark.stack

CONNECTIONS = 5
CROWD = 600
PATIENCE = 2.0  # seconds: enough for a few statements on a busy machine, and not for a crowd
TENANT = "current_setting('app.business_id')"

Ask = Callable[[str, str], Awaitable[str]]
"""Runs an expression of SQL as a business, and gives back its text."""


@pytest.fixture(params=["engine", "reader"])
async def ask(request: pytest.FixtureRequest, bench: Bench) -> AsyncGenerator[Ask]:
    """The two ways to PostgreSQL of a web process, patient for so long."""
    url = Secret(bench.web.url)
    if request.param == "engine":
        database = Database(url, pool_size=CONNECTIONS, web_seconds=PATIENCE)

        async def by_engine(business_id: str, expression: str) -> str:
            async with database.tenant(business_id) as tx:
                return str(await tx.connection.scalar(text(f"SELECT {expression}")))

        yield by_engine
        await database.close()
    else:
        reader = TenantReader(url, pool_size=CONNECTIONS, seconds=PATIENCE)

        async def by_reader(business_id: str, expression: str) -> str:
            ((value,),) = await reader.read(business_id, "public", f"SELECT {expression}".encode())
            return str(value)

        yield by_reader
        await reader.close()


async def all_connections_are_there(bench: Bench, ask: Ask) -> None:
    """As many statements as there are connections wait at the same time for a lock that is held."""

    async def waiting() -> int:
        async with bench.worker.transaction() as tx:
            count = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            return int(await tx.connection.scalar(text(count)) or 0)

    holder = await bench.worker.session()
    async with holder:
        await holder.execute(b"SELECT pg_advisory_lock(1)")
        asks = [
            asyncio.ensure_future(ask("b", "pg_advisory_xact_lock_shared(1)")) for _ in range(CONNECTIONS)
        ]
        await eventually(
            waiting, what="all connections are in use", within=30, met=lambda n: n == CONNECTIONS
        )
    await asyncio.gather(*asks)


@pytest.mark.parametrize("seed", range(3))
async def test_an_overload_costs_no_connection(bench: Bench, ask: Ask, seed: int) -> None:
    """A crowd comes back as fast as it is sent away; some are cut off at any moment, once or twice."""
    random = Random(seed)

    async def page(number: int) -> None:
        business_id = f"b-{number % 10}"
        try:
            assert await ask(business_id, TENANT) == business_id
        except TimeoutError:
            pass
        finally:
            sum(range(20_000))  # what a page costs beside its statement, one that says "try again" too

    pages = [asyncio.create_task(page(number)) for number in range(CROWD)]
    running = set(pages)
    while running:
        ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        if len(pages) < 5 * CROWD:
            pages += [asyncio.create_task(page(len(pages) + number)) for number in range(len(ended))]
            running.update(pages[-len(ended) :])
        for chosen in random.sample(pages[-CROWD:], 1 + len(ended) // 3):
            for _ in range(random.randint(1, 2)):
                chosen.cancel()
                await asyncio.sleep(0)
    outcomes = await asyncio.gather(*pages, return_exceptions=True)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert await ask("b-1", TENANT) == "b-1"
    await all_connections_are_there(bench, ask)


async def test_a_cancelled_statement_leaves_its_connection_to_nobody_else(bench: Bench) -> None:
    reader = TenantReader(Secret(bench.web.url), pool_size=1)
    for steps in range(40):
        slow = asyncio.create_task(reader.read("b-1", "public", b"SELECT pg_sleep(0.02)"))
        for _ in range(steps):
            await asyncio.sleep(0)
        slow.cancel()
        assert await reader.read("b-2", "public", f"SELECT {TENANT}".encode()) == [("b-2",)]
    await reader.close()


async def test_no_tenant_stays_on_a_connection(bench: Bench) -> None:
    reader = TenantReader(Secret(bench.web.url), pool_size=1)
    await reader.read("b-1", "pg_catalog", b"SELECT 1")
    (connection,) = reader._idle  # pyright: ignore[reportPrivateUsage]  # nothing shows it
    setting = b"SELECT coalesce(current_setting('app.business_id', true), ''), current_setting('search_path')"
    assert await (await connection.execute(setting)).fetchone() == ("", '"$user", public')
    await reader.close()


async def test_a_read_goes_well_after_the_server_ended_every_connection(bench: Bench) -> None:
    reader = TenantReader(Secret(bench.worker.url), pool_size=1)
    ((own,),) = await reader.read("", "public", b"SELECT pg_backend_pid()")
    async with bench.worker.transaction() as tx:
        await tx.connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
    ((other,),) = await reader.read("", "public", b"SELECT pg_backend_pid()")
    assert other != own
    await reader.close()
