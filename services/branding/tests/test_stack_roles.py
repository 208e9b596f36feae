"""Row-level security, as the real roles of the service."""

import pytest
from sqlalchemy.exc import ProgrammingError

from .branding_examples import body
from .conftest import World

pytestmark = pytest.mark.stack
TENANT_TABLES = ("events", "assets", "domains")


async def two_businesses(world: World) -> None:
    for business_id in ("b1", "b2"):
        url = f"/branding/businesses/{business_id}"
        answer = await world.servicehub().put(
            url, json=body(slug=f"slug-{business_id}", domain=f"{business_id}.example")
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_web_sees_the_rows_of_its_tenant_alone(world: World, table: str) -> None:
    await two_businesses(world)
    async with world.web.tenant("b1") as tx:
        seen = await tx.value(f"SELECT array_agg(DISTINCT business_id) FROM {table}", list[str])
    assert seen == ["b1"]
    async with world.web.all_tenants() as tx:
        assert await tx.value(f"SELECT count(*) FROM {table}", int) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO slugs VALUES ('stolen', 'b2')",
        "INSERT INTO assets VALUES ('b2', 'theme', '0', 'text/css', 'x')",
        "UPDATE slugs SET business_id = 'b1'",
        "DELETE FROM slugs",
        "UPDATE assets SET body = 'x'",
        "DELETE FROM assets",
        "INSERT INTO domains VALUES ('b2', 'x.example', 'x', 'pending', now(), now())",
        "INSERT INTO domains VALUES ('b1', 'x.example', 'x', 'verified', now(), now())",
        "UPDATE domains SET status = 'verified'",
        "UPDATE domains SET business_id = 'b2'",
        "UPDATE events SET data = '{}'",
        "DELETE FROM events",
        "SELECT * FROM outbox",
        "DELETE FROM outbox",
    ],
)
async def test_web_may_not(world: World, statement: str) -> None:
    await two_businesses(world)
    with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
        async with world.web.tenant("b1") as tx:
            await tx.run(statement)


async def test_web_finds_whose_a_slug_is_without_a_tenant(world: World) -> None:
    await two_businesses(world)
    async with world.web.all_tenants() as tx:
        assert await tx.value("SELECT business_id FROM slugs WHERE slug = 'slug-b2'", str) == "b2"


async def test_web_finds_whose_a_verified_domain_is_without_a_tenant_and_no_more(world: World) -> None:
    await two_businesses(world)
    await world.run("UPDATE domains SET status = 'verified' WHERE business_id = 'b2'")
    async with world.web.all_tenants() as tx:
        assert await tx.value("SELECT array_agg(domain) FROM domain_owners", list[str]) == ["b2.example"]
        assert await tx.value("SELECT count(*) FROM domains", int) == 0
