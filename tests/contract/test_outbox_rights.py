"""The role that answers requests publishes its service's own events of the business it serves, no other."""

import json
from collections.abc import Mapping

import pytest
from chassis.database import Database
from chassis.settings import Secret
from local_stack.environment import SERVICES
from portal_testing.stack import Servers
from servicehub_events import TOPICS
from sqlalchemy.exc import ProgrammingError

pytestmark = pytest.mark.stack
_ADD = (
    "INSERT INTO outbox (topic, key, headers, value, actor)"
    " VALUES (:topic, :key, CAST(:headers AS jsonb), :value, 'test')"
)
OWN = {
    package: [topic.name for topic in TOPICS if topic.publisher == service]
    for service, (package, _) in SERVICES.items()
}


def row(topic: str, *businesses: str, key: str = "b1/x") -> Mapping[str, object]:
    """A row that says of which businesses it is, as often as it is told."""
    headers = [["ce_id", "1"], *(["ce_businessid", business] for business in businesses)]
    return {"topic": topic, "key": key.encode(), "headers": json.dumps(headers), "value": b"{}"}


@pytest.mark.parametrize("package", OWN)
async def test_the_web_role_publishes_only_what_its_service_says_of_its_tenant(
    servers: Servers, package: str
) -> None:
    urls = await servers.fresh_database(package)
    web, worker = (Database(Secret(url), pool_size=1) for url in (urls.web, urls.worker))
    foreign = [topic.name for topic in TOPICS if topic.name not in OWN[package]]
    own = OWN[package][0]
    for topic in OWN[package]:
        async with web.tenant("b1") as tx:
            await tx.run(_ADD, **row(topic, "b1"))
    refused = [
        *(("b1", row(topic, "b1")) for topic in foreign),
        ("b1", row(own, "b2", key="b2/x")),
        ("b1", row(own, "b1", key="b2/x")),
        ("b1", row(own, "b1", key="b10/x")),
        ("b1", row(own, "b1", "b2")),
        ("b1", row(own, "b2", "b1")),
        ("b1", row(own)),
        ("", row(own, "", key="/x")),
    ]
    for tenant, values in refused:
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with web.tenant(tenant) as tx:
                await tx.run(_ADD, **values)
    async with worker.transaction() as tx:
        assert await tx.value("SELECT count(*) FROM outbox", int) == len(OWN[package])
        await tx.run(_ADD, **row(own, "b2", key="b2/x"))
        await tx.run("DELETE FROM outbox")
    for database in (web, worker):
        await database.close()
