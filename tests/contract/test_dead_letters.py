"""Every consumer's dead letters can be retried by `portal dlq`, with the settings of its service's worker."""

import json
from collections.abc import Mapping

import psycopg
import pytest
from portal_testing.stack import Servers
from portal_testing.stack.command import portal

pytestmark = pytest.mark.stack
GROUPS = {
    "auth_otp": ("auth-otp", "auth-otp.deliveries"),
    "billing": ("billing.people", "billing.work"),
    "notifier": ("notifier.people", "notifier.news"),
    "portal_read": ("portal-read.people", "portal-read.work", "portal-read.work.projection_2"),
}
"""They own positions and dead letters, and are part of what a letter is encrypted for: none is renamed."""
_ADD = (
    b'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause)'
    b" VALUES (%s, 't', 0, 0, '\\x00', 'malformed', '')"
)


@pytest.mark.parametrize("package", GROUPS)
async def test_the_command_finds_the_reactions_of_every_consumer(package: str, servers: Servers) -> None:
    urls = await servers.fresh_database(package)
    async with await psycopg.AsyncConnection.connect(urls.worker) as connection:
        for group in GROUPS[package]:
            await connection.execute(_ADD, (group,))
    environment = servers.environment(package, "worker", urls, http_port=8100)
    outcomes = await _retry_all(environment)
    assert [outcome["code"] for outcome in outcomes] == ["undecipherable"] * len(GROUPS[package])


async def _retry_all(environment: Mapping[str, str]) -> list[dict[str, object]]:
    _, out, _ = await portal(environment, "dlq", "retry", "--all", "--json")
    return [json.loads(line) for line in out.splitlines()]
