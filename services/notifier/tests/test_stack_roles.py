"""Row-level security: the web role adds codes that are due, for its tenant, and can do nothing else."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import psycopg
import pytest
from chassis.database import Database
from chassis.settings import Secret
from local_stack.servers.databases import DatabaseUrls
from local_stack.testing.plugin import FreshDatabase
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

pytestmark = pytest.mark.stack

_ADD = (
    "INSERT INTO deliveries (business_id, message_id, kind, channel, locale, caused_by, content, urgent,"
    " status, due_at, expires_at, requested_at, ended_at, contact_id)"
    " VALUES ('{business}', gen_random_uuid(), 'sign_in_code', 'email', 'en', 'ch-1-1', {content}, {urgent},"
    " '{status}', now(), now(), now(), {ended}, {contact}) ON CONFLICT DO NOTHING"
)
CODE = {"business": "b-1", "content": r"'\x00'", "urgent": True, "status": "due", "ended": "NULL"}
ADD = _ADD.format(**CODE, contact="NULL")
NOTIFICATION = CODE | {"content": "NULL", "urgent": False, "contact": "'co-1'"}
ENDED = CODE | {"content": "NULL", "status": "sent", "ended": "now()", "contact": "NULL"}
TABLES = (
    *("deliveries", "businesses", "customers", "preferences", "subjects", "news"),
    *("outbox", "positions", "dead_letters"),
)
DENIED = {
    "adds a code for another business": _ADD.format(**CODE | {"business": "b-2"}, contact="NULL"),
    "adds a notification": _ADD.format(**NOTIFICATION),
    "adds what is not due": _ADD.format(**ENDED),
    **{f"reads {table}": f"SELECT 1 FROM {table}" for table in TABLES},
    "gets back what it adds": f"{ADD} RETURNING content",
    "changes deliveries": "UPDATE deliveries SET due_at = now()",
    "deletes deliveries": "DELETE FROM deliveries",
    "adds notifications": "INSERT INTO news SELECT",
    "adds facts": "INSERT INTO subjects SELECT",
}
WITHOUT_TENANT = "adds a code without a tenant"


@dataclass(frozen=True)
class Roles:
    urls: DatabaseUrls
    web: Database

    async def as_owner(self, statement: str) -> None:
        async with await psycopg.AsyncConnection.connect(self.urls.owner) as connection:
            await connection.execute(statement.encode())

    async def may(self, statement: str, *, tenant: str = "b-1") -> bool:
        """Whether the web role is let do it; nothing of it stays."""
        try:
            async with self.web.tenant(tenant) as connection:
                await connection.execute(text(statement))
                await connection.rollback()
        except ProgrammingError as error:
            assert "permission denied" in str(error) or "row-level security" in str(error)
            return False
        return True

    async def holes(self) -> set[str]:
        """What the web role can do, but must not."""
        holes = {name for name, statement in DENIED.items() if await self.may(statement)}
        return holes | ({WITHOUT_TENANT} if await self.may(ADD, tenant="") else set())


@pytest.fixture
async def roles(fresh_database: FreshDatabase) -> AsyncGenerator[Roles]:
    urls = await fresh_database("notifier")
    web = Database(Secret(urls.web))
    yield Roles(urls, web)
    await web.close()


async def test_the_web_role_adds_codes_of_its_tenant_and_does_nothing_else(roles: Roles) -> None:
    assert await roles.may(ADD)
    assert await roles.holes() == set()


@pytest.mark.parametrize(
    ("mutant", "hole"),
    [
        ("ALTER TABLE deliveries DISABLE ROW LEVEL SECURITY", "adds a code for another business"),
        ("DROP POLICY web_tenant ON deliveries", "adds a code for another business"),
        ("ALTER POLICY web_tenant ON deliveries WITH CHECK (true)", WITHOUT_TENANT),
        ("ALTER POLICY web_may ON deliveries WITH CHECK (true)", "adds a notification"),
        ("ALTER POLICY web_may ON deliveries WITH CHECK (urgent)", "adds what is not due"),
        ("GRANT SELECT ON deliveries TO notifier_web", "reads deliveries"),
        ("GRANT UPDATE ON deliveries TO notifier_web", "changes deliveries"),
        ("GRANT DELETE ON deliveries TO notifier_web", "deletes deliveries"),
        ("GRANT SELECT ON customers TO notifier_web", "reads customers"),
        ("GRANT SELECT ON outbox TO notifier_web", "reads outbox"),
    ],
)
async def test_a_hole_in_the_schema_is_found(roles: Roles, mutant: str, hole: str) -> None:
    await roles.as_owner(mutant)
    assert hole in await roles.holes()
