"""Rights of the web role: it adds codes of its tenant, keeps what its contacts choose, and nothing else."""

from collections.abc import AsyncGenerator

import pytest
from delivery_world import World
from portal_testing.stack import Servers
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
UNREADABLE = (
    *("deliveries", "contact_addresses", "notification_sources", "pending_notifications"),
    *("reminders", "reminder_plans"),
    *("contact_channels", "mail_names", "provider_reports"),
    *("outbox", "positions", "dead_letters"),
)
REPORT = (
    "INSERT INTO provider_reports (report_id, content, received_at, due_at)"
    " VALUES (gen_random_uuid(), '', now(), now()) ON CONFLICT DO NOTHING"
)
CHOOSE = (
    "INSERT INTO preferences (business_id, contact_id, version, kinds)"
    " VALUES ('{business}', 'co-1', 1, '{{}}')"
)
RECORD = (
    "INSERT INTO events (business_id, stream, version, event_id, type, data, occurred_at, actor)"
    " VALUES ('{business}', 's', 1, gen_random_uuid(), 't', '', now(), 'a')"
)
DENIED = {
    "chooses for another business": CHOOSE.format(business="b-2"),
    "records for another business": RECORD.format(business="b-2"),
    "forgets choices": "DELETE FROM preferences",
    "rewrites what was chosen": "UPDATE events SET actor = ''",
    "forgets what was chosen": "DELETE FROM events",
    "adds a code for another business": _ADD.format(**CODE | {"business": "b-2"}, contact="NULL"),
    "adds a notification": _ADD.format(**NOTIFICATION),
    "adds what is not due": _ADD.format(**ENDED),
    **{f"reads {table}": f"SELECT 1 FROM {table}" for table in UNREADABLE},
    "gets back what it adds": f"{ADD} RETURNING content",
    "changes deliveries": "UPDATE deliveries SET due_at = now()",
    "deletes deliveries": "DELETE FROM deliveries",
    "adds notifications": "INSERT INTO pending_notifications SELECT",
    "changes reports": "UPDATE provider_reports SET due_at = now()",
    "drops reports": "DELETE FROM provider_reports",
    "adds channels": "INSERT INTO contact_channels SELECT",
    "adds facts": "INSERT INTO notification_sources SELECT",
    "lets customers in": "UPDATE customers SET portal_access = true",
}
WITHOUT_TENANT = "adds a code without a tenant"


class Roles(World):
    """The notifier, and what its web role is let do."""

    async def may(self, statement: str, *, tenant: str = "b-1") -> bool:
        """Whether the web role is let do it; nothing of it stays."""
        try:
            async with self.web.tenant(tenant) as tx:
                await tx.run(statement)
                await tx.connection.rollback()
        except ProgrammingError as error:
            assert "permission denied" in str(error) or "row-level security" in str(error)
            return False
        return True

    async def holes(self) -> set[str]:
        """What the web role can do, but must not."""
        holes = {name for name, statement in DENIED.items() if await self.may(statement)}
        return holes | ({WITHOUT_TENANT} if await self.may(ADD, tenant="") else set[str]())


@pytest.fixture
async def roles(servers: Servers) -> AsyncGenerator[Roles]:
    async with Roles.fresh(servers) as roles:
        yield roles


async def test_the_web_role_does_what_it_is_there_for_and_nothing_else(roles: Roles) -> None:
    assert await roles.may(ADD)
    assert await roles.may(REPORT)
    assert await roles.may(CHOOSE.format(business="b-1"))
    assert await roles.may(RECORD.format(business="b-1"))
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
        ("GRANT SELECT ON contact_addresses TO notifier_web", "reads contact_addresses"),
        ("GRANT SELECT ON provider_reports TO notifier_web", "reads provider_reports"),
        ("GRANT UPDATE ON customers TO notifier_web", "lets customers in"),
        ("GRANT SELECT ON outbox TO notifier_web", "reads outbox"),
        ("ALTER POLICY web_tenant ON preferences WITH CHECK (true)", "chooses for another business"),
        ("ALTER POLICY web_tenant ON events WITH CHECK (true)", "records for another business"),
        ("GRANT DELETE ON preferences TO notifier_web", "forgets choices"),
        ("GRANT UPDATE ON events TO notifier_web", "rewrites what was chosen"),
        ("GRANT DELETE ON events TO notifier_web", "forgets what was chosen"),
    ],
)
async def test_a_hole_in_the_schema_is_found(roles: Roles, mutant: str, hole: str) -> None:
    async with roles.as_owner() as tx:
        await tx.run(mutant)
    assert hole in await roles.holes()
