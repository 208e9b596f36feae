"""Twenty and more faults, planted one by one: `portal doctor` names each, and says what to do."""

import asyncio
import base64
import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from local_stack.environment import Process
from local_stack.servers.databases import DatabaseUrls
from portal_testing.stack import Servers, command

pytestmark = pytest.mark.stack
NOWHERE = "127.0.0.1:1"
DIGEST = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, in the environment or in the database, and what the doctor has to say."""

    name: str
    package: str
    check: str
    cure: str
    told: Mapping[str, str] = field(default_factory=dict[str, str])
    sql: str = ""
    process: Process = "worker"


OUTBOX = (
    "INSERT INTO outbox (topic, key, headers, value, actor, created_at)"
    " VALUES ('portal.businesses.v1', 'x', '[]', '', 't', now() - interval '1 hour')"
)
LETTER = (
    'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause)'
    " VALUES ('billing', 't', 0, 0, '\\x00', '{}', '')"
)
POSITION = (
    "INSERT INTO positions (consumer, topic, partition, next_offset, caught_up_at)"
    " VALUES ('billing.documents', 'servicehub.invoices.v1', 0, {}, now() - interval '1 hour')"
)
FAULTS = [
    Fault(
        "no database",
        "branding",
        "PostgreSQL",
        "is PostgreSQL up",
        {"DATABASE_URL": f"postgresql://branding_worker:x@{NOWHERE}/b"},
    ),
    Fault(
        "a superuser",
        "branding",
        "PostgreSQL",
        "use the service's web or worker role",
        {"DATABASE_URL": "superuser"},
    ),
    Fault(
        "an older database",
        "branding",
        "migrations",
        "migrate",
        sql="UPDATE alembic_version SET version_num = '0001'",
    ),
    Fault(
        "events that do not leave", "branding", "outbox", "is a worker of this service running", sql=OUTBOX
    ),
    Fault("dead letters", "billing", "dead letters", "portal dlq list", sql=LETTER.format("malformed")),
    Fault(
        "a letter's key is lost",
        "billing",
        "dead-letter key",
        "DEAD_LETTER_KEYS",
        sql=LETTER.format("malformed"),
    ),
    Fault("records out of order", "billing", "order of the log", "publisher", sql=LETTER.format("overtaken")),
    Fault(
        "a position beyond the log", "billing", "consumer billing.documents", "", sql=POSITION.format(10**9)
    ),
    Fault(
        "a ring that is none",
        "branding",
        "DEAD_LETTER_KEYS",
        "correct DEAD_LETTER_KEYS",
        {"DEAD_LETTER_KEYS": "k1:short"},
    ),
    Fault(
        "a key of two rings",
        "notifier",
        "BLIND_INDEX_KEYS and DEAD_LETTER_KEYS",
        "keys of its own",
        {"BLIND_INDEX_KEYS": f"k1:{DIGEST}", "DEAD_LETTER_KEYS": f"k2:{DIGEST}"},
    ),
    Fault(
        "an integration's key",
        "branding",
        "INTEGRATION_KEYS",
        "correct it in branding and billing",
        {"INTEGRATION_KEYS": "x"},
    ),
    Fault("no Kafka", "branding", "Kafka", "is Kafka up", {"KAFKA_BOOTSTRAP": NOWHERE}),
    Fault("Kafka in plain", "branding", "Kafka", "correct these variables", {"PORTAL_PROFILE": "production"}),
    Fault(
        "no Valkey",
        "auth_otp",
        "REDIS_URL",
        "is Valkey up",
        {"REDIS_URL": f"redis://{NOWHERE}/0"},
        process="api",
    ),
    Fault(
        "Valkey's password",
        "auth_otp",
        "REDIS_URL",
        "is the password",
        {"REDIS_URL": "wrong password"},
        process="api",
    ),
    Fault(
        "nobody takes codes",
        "auth_otp",
        "NOTIFIER_URL",
        "does a network policy let us through",
        {"NOTIFIER_URL": f"http://{NOWHERE}"},
    ),
    Fault(
        "a name that is none",
        "portal_read",
        "BILLING_URL",
        "is it up, is BILLING_URL right",
        {"BILLING_URL": "http://billing.invalid"},
        process="api",
    ),
    Fault(
        "not a URL",
        "portal_read",
        "AUTH_OTP_URL",
        "correct AUTH_OTP_URL",
        {"AUTH_OTP_URL": "auth-otp-api"},
        process="api",
    ),
    Fault(
        "no Stripe for the api",
        "billing",
        "STRIPE_API_BASE",
        "is it up",
        {"STRIPE_API_BASE": f"https://{NOWHERE}"},
        process="api",
    ),
    Fault(
        "no Stripe for the worker",
        "billing",
        "STRIPE_API_BASE",
        "is it up",
        {"STRIPE_API_BASE": f"https://{NOWHERE}"},
    ),
    Fault(
        "somebody else than Twilio",
        "notifier",
        "TWILIO_BASE_URL",
        "break TLS open",
        {"TWILIO_BASE_URL": "https://plain"},
    ),
    Fault("no mail server", "notifier", "SMTP_URL", "is it up", {"SMTP_URL": f"smtp://{NOWHERE}"}),
    Fault(
        "no mail server but something",
        "notifier",
        "SMTP_URL",
        "does it speak SMTP",
        {"SMTP_URL": "smtp://database"},
    ),
]


@pytest.fixture
async def plain() -> AsyncGenerator[int]:
    """The port of a server that speaks no TLS."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def environment_of(fault: Fault, servers: Servers, urls: DatabaseUrls, plain: int) -> dict[str, str]:
    place = servers.superuser_url.rpartition("@")[2].partition("/")[0]
    _, _, valkey = servers.redis_url.rpartition("@")
    made = {
        "superuser": servers.superuser_url,
        "wrong password": f"redis://:nonsense@{valkey}",
        "https://plain": f"https://127.0.0.1:{plain}",
        "smtp://database": f"smtp://{place}",
    }
    changes = {name: made.get(value, value) for name, value in fault.told.items()}
    return servers.environment(fault.package, fault.process, urls, http_port=1) | changes


async def findings(environment: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    said = await command.portal(environment, "doctor", "--json")
    return said.code, {each["check"]: each for each in said.json}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_fault_is_named_with_its_cure(fault: Fault, servers: Servers, plain: int) -> None:
    urls = await servers.fresh_database(fault.package)
    if fault.sql:
        async with await psycopg.AsyncConnection.connect(urls.owner) as connection:
            await connection.execute(fault.sql.encode())
    code, found = await findings(environment_of(fault, servers, urls, plain))
    assert code == 1
    assert found[fault.check]["state"] == "wrong", found
    assert fault.cure in found[fault.check]["remedy"]


@pytest.mark.parametrize("package", ["auth_otp", "portal_read", "billing", "notifier"])
@pytest.mark.parametrize("process", ["api", "worker"])
async def test_what_a_process_does_not_ask_is_not_held_against_it(
    package: str, process: Process, servers: Servers
) -> None:
    """Policies close what only others ask: to be told where it is is no reason to try."""
    urls = await servers.fresh_database(package)
    environment = servers.environment(package, process, urls, http_port=1)
    _, found = await findings(environment)
    asked = {
        "auth_otp": {"api": {"REDIS_URL"}, "worker": {"NOTIFIER_URL"}},
        "portal_read": {"api": {"AUTH_OTP_URL", "BILLING_URL", "NOTIFIER_URL"}, "worker": set[str]()},
        "billing": {"api": {"AUTH_OTP_URL", "STRIPE_API_BASE"}, "worker": {"STRIPE_API_BASE"}},
        "notifier": {"api": set[str](), "worker": {"SMTP_URL", "TWILIO_BASE_URL"}},
    }[package][process]
    places = {check for check in found if check.endswith(("_URL", "_BASE"))}
    assert {check for check in places if found[check]["state"] != "unknown"} == asked
    assert found["Kafka"]["state"] == ("ok" if process == "worker" else "unknown")
