"""The consumer of documents takes over where Faust had come, also beside a Faust that still runs; and a flood
of one business does not stop another's news.
"""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from chassis.database.migrations import upgrade
from chassis.settings import Secret
from code_samples import business_event
from msgspec.structs import replace
from notification_samples import appointment, contact, customer, invoice, payment, soon
from portal_testing.stack import Servers, eventually
from servicehub_events import AppointmentCancelled, Event
from servicehub_events.topics import APPOINTMENTS
from servicehub_events_tools.testing import samples
from worker_stack import Stack, worker_stack

pytestmark = pytest.mark.stack
_ADD_POSITIONS = (
    "INSERT INTO positions (consumer, topic, partition, next_offset) VALUES ('notifier.news', 't', 0, 1700),"
    " ('notifier.news', 't', 1, 12), ('notifier.people', 't', 0, 1700)"
)
_AS_FAUST_LEFT_THEM = (
    "UPDATE positions SET next_offset = next_offset / 2"
    " WHERE consumer = 'notifier.news' AND topic LIKE '%appointments%'",
    "DELETE FROM positions WHERE consumer = 'notifier.news' AND topic LIKE '%invoices%'",
)


class FaustAssignor(RoundRobinPartitionAssignor):
    """A way to assign partitions that no other client of the group knows."""

    name = "faust"


@pytest.fixture
async def stack(servers: Servers, tmp_path: Path) -> AsyncGenerator[Stack]:
    async with worker_stack(servers, tmp_path / "worker.log") as stack:
        yield stack


@asynccontextmanager
async def faust_still_runs(stack: Stack) -> AsyncGenerator[None]:
    """A member of the group that the former build was in."""
    member = AIOKafkaConsumer(
        APPOINTMENTS.name,
        bootstrap_servers=stack.settings.kafka_bootstrap,
        group_id="notifier.news",
        partition_assignment_strategy=[FaustAssignor],
        enable_auto_commit=False,
    )
    await member.start()
    try:
        yield
    finally:
        await member.stop()


async def is_ready(stack: Stack) -> bool:
    """Whether the worker says that it is well: without that a roll-out goes no further."""
    url = f"http://127.0.0.1:{stack.environment['WORKER_HEALTH_PORT']}/health/ready"
    with suppress(httpx.TransportError):
        return (await stack.http.get(url)).status_code == 200
    return False


def known(business_id: str, *names: str) -> tuple[Event, Event]:
    """A business named like its id, and its customer."""
    people = [contact(name) for name in names]
    return (
        business_event(business_id=business_id, name=business_id, slug=business_id),
        customer(*people, business_id=business_id),
    )


def subjects(stack: Stack, name: str) -> Counter[str]:
    """What arrived at one address."""
    return Counter(
        message.subject.partition(":")[0]
        for message in stack.box.inbox
        if message.to[0].address == f"{name}@example.com"
    )


async def test_it_takes_over_beside_a_faust_that_still_runs_and_tells_nothing_twice(stack: Stack) -> None:
    b = stack.business_id
    await stack.publish(*known(b, "tia"))
    await stack.publish(soon(business_id=b))
    await stack.box.inbox.until(lambda: subjects(stack, "tia").total() == 1, seconds=40)
    await stack.stop()
    await stack.publish(soon(AppointmentCancelled, business_id=b, status="cancelled"), sequence=2)
    async with await psycopg.AsyncConnection.connect(stack.urls.owner) as owner:
        for statement in _AS_FAUST_LEFT_THEM:
            await owner.execute(statement.encode())
    async with faust_still_runs(stack):
        await stack.start()
        await eventually(lambda: is_ready(stack), what="the new worker is ready", within=40)
        await stack.box.inbox.until(lambda: subjects(stack, "tia").total() == 2, seconds=40)
    await stack.publish(soon(business_id=b, appointment_id="ap-2"))
    await stack.box.inbox.until(lambda: subjects(stack, "tia")["Booked"] == 2, seconds=40)
    assert subjects(stack, "tia") == {"Booked": 2, "Cancelled": 1}


async def test_positions_are_kept_but_for_records_that_may_not_have_been_committed(servers: Servers) -> None:
    urls = await servers.empty_database("notifier")
    upgrade("notifier", Secret(urls.owner), "0018")
    async with await psycopg.AsyncConnection.connect(urls.owner) as owner:
        await owner.execute(_ADD_POSITIONS.encode())
    upgrade("notifier", Secret(urls.owner))
    async with await psycopg.AsyncConnection.connect(urls.owner) as owner:
        rows = await owner.execute(b"SELECT consumer, partition, next_offset FROM positions ORDER BY 1, 2")
        assert await rows.fetchall() == [
            ("notifier.news", 0, 700),
            ("notifier.news", 1, 0),
            ("notifier.people", 0, 1700),
        ]


async def test_news_of_one_business_are_told_behind_an_import_of_another(stack: Stack) -> None:
    b, calm = stack.business_id, f"{stack.business_id}-calm"  # each test has the log of those before it
    await stack.publish(*known(b, "ben"), *known(calm, "cal"))
    await stack.publish(soon(business_id=calm))
    await stack.box.inbox.until(lambda: subjects(stack, "cal").total() == 1, seconds=40)
    imported = [appointment(business_id=b, appointment_id=f"ap-{number}") for number in range(2000)]
    await stack.publish(*imported, quiet=True)
    await stack.publish(soon(AppointmentCancelled, business_id=calm, status="cancelled"), sequence=2)
    await stack.box.inbox.until(lambda: subjects(stack, "cal")["Cancelled"] == 1, seconds=60)

    async def stored() -> int:
        rows = await stack.rows(
            f"SELECT count(*) FROM notification_sources WHERE business_id = '{b}'"
            " AND aggregate = 'appointment' AND known IS NOT NULL"
        )
        return int(str(rows[0][0]))

    await eventually(stored, what="the import is stored", within=60, met=lambda count: count == 2000)
    assert subjects(stack, "ben") == {}


async def test_news_of_one_business_leave_beside_two_thousand_mails_of_another(stack: Stack) -> None:
    b, calm = stack.business_id, f"{stack.business_id}-calm"
    await stack.publish(*known(calm, "dee"))
    for family in range(10):
        ids = {"business_id": b, "customer_id": f"cu-{family}"}
        await stack.publish(known(b)[0], customer(*(contact(f"e{family}-{n}") for n in range(200)), **ids))
        await stack.publish(invoice(invoice_id=f"in-{family}", **ids), age=timedelta(days=8))
        parts = tuple(replace(part, invoice_id=f"in-{family}") for part in samples.payment().allocations)
        await stack.publish(payment(payment_id=f"pa-{family}", allocations=parts, **ids))

    async def waiting() -> int:
        rows = await stack.rows("SELECT count(*) FROM deliveries WHERE status = 'due' AND NOT urgent")
        return int(str(rows[0][0]))

    await eventually(waiting, what="mails wait", within=60, met=lambda count: count > 1000)
    await stack.publish(soon(business_id=calm))
    await stack.box.inbox.until(lambda: subjects(stack, "dee").total() == 1, seconds=60)
    assert await waiting() > 300, "the news waited for another's mails"
