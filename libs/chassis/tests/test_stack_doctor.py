"""`portal doctor` finds what is wrong, and says what to do."""

import psycopg
import pytest
from chassis.events_out.outbox_watch import OutboxWatch
from portal_testing.stack import Servers
from portal_testing.stack.command import Said
from sqlalchemy import text

from .command_line import portal
from .conftest import Bench
from .log_bench import append

pytestmark = pytest.mark.stack


def states(said: Said) -> dict[str, str]:
    return {str(each["check"]): str(each["state"]) for each in said.json}


async def test_all_is_well(bench: Bench) -> None:
    said = await portal(bench, "doctor", "--json")
    assert said.code == 0, said.out
    found = states(said)
    assert {"PostgreSQL", "clock", "outbox", "dead letters", "Kafka", "partitions"} <= found.keys()
    assert {each for check, each in found.items() if check.startswith("topic ")} == {"ok"}
    assert (await portal(bench, "doctor")).code == 0


@pytest.mark.parametrize("package", ["billing", "branding"])
async def test_a_workers_role_sees_whether_its_database_is_migrated(
    bench: Bench, servers: Servers, package: str
) -> None:
    urls = await servers.fresh_database(package)
    somebody = f"http://{servers.kafka_bootstrap}"  # who answers, in the place of Stripe
    said = await portal(bench, "doctor", "--json", DATABASE_URL=urls.worker, STRIPE_API_BASE=somebody)
    assert (said.code, states(said)["migrations"]) == (0, "ok"), said.out
    async with await psycopg.AsyncConnection.connect(urls.owner) as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '0001'")
    said = await portal(bench, "doctor", "--json", DATABASE_URL=urls.worker, STRIPE_API_BASE=somebody)
    assert (said.code, states(said)["migrations"]) == (1, "wrong")


async def test_what_waits_too_long_is_wrong(bench: Bench) -> None:
    await append(bench, "k1", "en")
    assert (await OutboxWatch("test", bench.worker).measure())[0] == 1
    async with bench.worker.transaction() as tx:
        await tx.connection.execute(
            text(
                "INSERT INTO positions VALUES ('reader', 'portal.preferences.v1', 3, 1000000, now());"
                'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause)'
                " VALUES ('reader', 't', 0, 0, '\\x00', 'malformed', '')"
            )
        )
    said = await portal(bench, "doctor", "--json")
    assert said.code == 1
    found = states(said)
    assert (found["dead letters"], found["dead-letter key"]) == ("wrong", "wrong")
    assert found["consumer reader"] == "wrong"
    assert all(each["remedy"] for each in said.json if each["state"] == "wrong")


async def test_each_dependency_that_is_down_is_named(bench: Bench) -> None:
    said = await portal(
        bench,
        *("doctor", "--json"),
        DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none",
        KAFKA_BOOTSTRAP="127.0.0.1:1",
        REDIS_URL="redis://127.0.0.1:1/0",
        SMTP_URL="smtp://127.0.0.1:1",
        DEAD_LETTER_KEYS="k1:short",
    )
    wrong = {check for check, state in states(said).items() if state == "wrong"}
    assert (said.code, wrong) == (
        1,
        {"PostgreSQL", "Kafka", "REDIS_URL", "SMTP_URL", "DEAD_LETTER_KEYS"},
    )
