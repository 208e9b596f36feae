"""What each database role may see and do, asked as the role itself."""

import json
from collections.abc import AsyncGenerator

import pytest
from chassis.db import Database
from chassis.settings import Secret
from local_stack.testing.plugin import FreshDatabase
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

pytestmark = pytest.mark.stack

_SEED = (
    "INSERT INTO businesses VALUES (:b, 1, :b, '{}')",
    "INSERT INTO customers VALUES (:b, 'cu-1', 1, true, '{}', false)",
    "INSERT INTO invoices VALUES (:b, 'in-1', 1, 'cu-1', '{}')",
)
_OWN = ("businesses", "customers", "invoices")


@pytest.fixture
async def web(fresh_database: FreshDatabase) -> AsyncGenerator[Database]:
    """The web role, on a database with the same rows for two businesses."""
    urls = await fresh_database("billing")
    worker, web = Database(Secret(urls.worker)), Database(Secret(urls.web))
    async with worker.transaction() as connection:
        for statement in _SEED:
            await connection.execute(text(statement), [{"b": "b-1"}, {"b": "b-2"}])
    await worker.close()
    yield web
    await web.close()


@pytest.mark.parametrize("table", _OWN)
async def test_a_web_process_sees_its_tenant_alone(web: Database, table: str) -> None:
    async with web.tenant("b-1") as connection:
        found = await connection.execute(text(f"SELECT business_id FROM {table}"))
        assert [row[0] for row in found] == ["b-1"]


@pytest.mark.parametrize("table", _OWN)
async def test_without_a_tenant_a_web_process_sees_nothing(web: Database, table: str) -> None:
    async with web.transaction() as connection:
        assert (await connection.execute(text(f"SELECT 1 FROM {table}"))).all() == []


async def test_the_slug_directory_is_read_without_a_tenant(web: Database) -> None:
    async with web.transaction() as connection:
        found = await connection.execute(text("SELECT slug, business_id FROM slugs ORDER BY 1"))
        assert [tuple(row) for row in found] == [("b-1", "b-1"), ("b-2", "b-2")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoices SET state = NULL",
        "DELETE FROM invoices",
        "INSERT INTO customers VALUES ('b-1', 'cu-2', 1, true, '{}', false)",
        "SELECT 1 FROM outbox",
        "SELECT 1 FROM positions",
        "SELECT 1 FROM dead_letters",
    ],
)
async def test_a_web_process_may_not(web: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with web.tenant("b-1") as connection:
            await connection.execute(text(statement))


async def test_a_web_process_appends_events_for_its_tenant_alone(web: Database) -> None:
    append = text(
        "INSERT INTO events (business_id, stream, version, event_id, type, data, occurred_at, actor)"
        " VALUES (:b, 'payment/p-1', 1, gen_random_uuid(), 't', CAST(:data AS jsonb), now(), 'test')"
    )
    async with web.tenant("b-1") as connection:
        await connection.execute(append, {"b": "b-1", "data": json.dumps({})})
    with pytest.raises(DBAPIError, match="row-level security"):
        async with web.tenant("b-1") as connection:
            await connection.execute(append, {"b": "b-2", "data": json.dumps({})})
