"""What each producer really sent is what every consumer can read: the log of a running stack."""

from collections import Counter

import httpx
import psycopg
import pytest
import pytest_asyncio
from local_stack.environment import Addresses
from portal_testing.stack.visitor import Visitor
from portal_testing.stack.whole_log import LogRecord, read_all
from servicehub_events import TOPICS, Envelope, decode

pytestmark = pytest.mark.stack
PRODUCED = {  # billing publishes payments, and the notifier preferences, once they are built
    "portal.businesses.v1": "branding",
    "portal.sessions.v1": "auth-otp",
    "portal.messages.v1": "notifier",
    "servicehub.customers.v1": "ServiceHub",
    "servicehub.appointments.v1": "ServiceHub",
    "servicehub.invoices.v1": "ServiceHub",
}
CONSUMING = ("auth_otp", "billing", "notifier", "portal_read")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def log(portal: Addresses) -> list[Envelope]:
    """Every event on every topic, after somebody signed in; reading them fails on one that cannot be read."""
    async with httpx.AsyncClient() as http:
        visitor = Visitor(portal.public_origin, portal.mailbox_url, "sparkle-home", http)
        answer = await visitor.sign_in("+12125550110")
    assert answer.headers["location"] == "/portal/sparkle-home/"
    return [_read(record) for record in await read_all(portal.kafka_bootstrap)]


def test_every_producer_is_heard_and_every_record_read(log: list[Envelope]) -> None:
    heard = Counter(envelope.topic for envelope in log)
    assert set(PRODUCED) <= set(heard)


def test_every_source_is_the_topics_own_publisher(log: list[Envelope]) -> None:
    sources = {topic.name: topic.source for topic in TOPICS}
    assert {envelope.source for envelope in log if envelope.source != sources[envelope.topic]} == set()


async def test_no_consumer_set_anything_aside(portal: Addresses, log: list[Envelope]) -> None:
    assert log
    for package in CONSUMING:
        async with await psycopg.AsyncConnection.connect(portal.databases[package].worker) as connection:
            rows = await (await connection.execute("SELECT code, cause FROM dead_letters")).fetchall()
        assert rows == [], package


def _read(record: LogRecord) -> Envelope:
    place = record.place
    return decode(
        topic=place.topic,
        key=record.key.encode(),
        headers=[(name, text.encode()) for name, text in record.headers.items()],
        value=record.value,
    )
