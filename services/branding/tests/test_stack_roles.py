"""Row-level security, as the real roles of the service."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from .branding_examples import body
from .conftest import Running

pytestmark = pytest.mark.stack
TENANT_TABLES = ("events", "assets")


async def two_businesses(running: Running) -> None:
    for business_id in ("b1", "b2"):
        url = f"/branding/businesses/{business_id}"
        answer = await running.servicehub.put(url, json=body(slug=f"slug-{business_id}"))
        assert answer.status_code == 200


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_web_sees_the_rows_of_its_tenant_alone(running: Running, table: str) -> None:
    await two_businesses(running)
    async with running.web.tenant("b1") as connection:
        seen = (await connection.execute(text(f"SELECT DISTINCT business_id FROM {table}"))).scalars().all()
    assert seen == ["b1"]
    async with running.web.transaction() as connection:
        assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO slugs VALUES ('stolen', 'b2')",
        "INSERT INTO assets VALUES ('b2', 'theme', '0', 'text/css', 'x')",
        "UPDATE slugs SET business_id = 'b1'",
        "DELETE FROM slugs",
        "UPDATE assets SET body = 'x'",
        "DELETE FROM assets",
        "UPDATE events SET data = '{}'",
        "DELETE FROM events",
        "SELECT * FROM outbox",
        "DELETE FROM outbox",
    ],
)
async def test_web_may_not(running: Running, statement: str) -> None:
    await two_businesses(running)
    with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
        async with running.web.tenant("b1") as connection:
            await connection.execute(text(statement))


async def test_web_finds_whose_a_slug_is_without_a_tenant(running: Running) -> None:
    await two_businesses(running)
    async with running.web.transaction() as connection:
        owner = await connection.scalar(text("SELECT business_id FROM slugs WHERE slug = 'slug-b2'"))
    assert owner == "b2"
