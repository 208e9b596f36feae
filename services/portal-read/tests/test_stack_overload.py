"""A portal that is asked for more than its database can serve: it says so early, and comes back."""

import asyncio
from collections.abc import AsyncGenerator
from random import Random

import pytest
from portal_testing.stack import Servers, eventually
from portal_world import ROOT, World
from servicehub_events import CustomerRegistered, PortalEnabled, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack

ROOM = 1 + 400
"""One connection, and how many may wait for it."""
_WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'projection_1.businesses'::regclass"
)
_HOLD = "LOCK TABLE projection_1.businesses IN ACCESS EXCLUSIVE MODE"


@pytest.fixture
async def narrow(servers: Servers) -> AsyncGenerator[World]:
    """A portal that has one connection."""
    async with World.fresh(servers, database_pool_size=1) as world:
        await world.apply(
            as_event(PortalEnabled, samples.business()), as_event(CustomerRegistered, samples.customer())
        )
        assert (await world.get(ROOT)).status_code == 200
        yield world


async def test_what_cannot_be_served_is_refused_at_once_and_says_when_to_come_back(narrow: World) -> None:
    async with narrow.worker.all_tenants() as tx:
        await tx.run(_HOLD)
        asked = [asyncio.create_task(narrow.get(ROOT)) for _ in range(ROOM + 3)]
        while sum(page.done() for page in asked) < 3:
            await asyncio.wait([p for p in asked if not p.done()], return_when=asyncio.FIRST_COMPLETED)
    answers = await asyncio.gather(*asked)
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in refused} == {(503, "5")}
    assert 3 <= len(refused) < ROOM
    assert all("Sample Business" in answer.text for answer in refused)


async def test_a_portal_that_gets_no_connection_for_seconds_is_not_ready(narrow: World) -> None:
    async with narrow.worker.all_tenants() as tx:
        await tx.run(_HOLD)
        page = asyncio.create_task(narrow.get(ROOT))
        await eventually(lambda: tx.value(_WAITING, int), what="the page waits for the table", within=5)
        assert (await narrow.get("/health/ready")).status_code == 503
    assert (await page).status_code == 200
    assert (await narrow.get("/health/ready")).status_code == 200


@pytest.mark.parametrize("seed", range(3))
async def test_after_an_overload_of_which_much_was_cut_off_a_page_is_shown(narrow: World, seed: int) -> None:
    random = Random(seed)
    asked = [asyncio.create_task(narrow.get(ROOT)) for _ in range(400)]
    while not all(page.done() for page in asked):
        random.choice(asked).cancel()
        await asyncio.sleep(0)
    assert (await narrow.get(ROOT)).status_code == 200
    assert (await narrow.get("/health/ready")).json() == {"database": True, "migrations": True}
