"""The programs of docs/reading-payments.md book every payment once, over gaps, repeats and kills."""

import json
import os
import re
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, cast

import pytest
from aiokafka import AIOKafkaProducer
from msgspec.structs import replace
from portal_testing.stack import Servers
from portal_testing.stack.eventually import eventually
from servicehub_events import (
    Allocation,
    Dispute,
    DisputeClosed,
    Envelope,
    Payment,
    PaymentCaptured,
    PaymentFlagged,
    PaymentRefunded,
    PaymentStarted,
    Refund,
    Review,
    Share,
    Tip,
    TipRefund,
    as_event,
    encode,
    uuid7,
)
from servicehub_events.partition import partition_for
from servicehub_events_tools import REPOSITORY
from servicehub_events_tools.testing import samples

from tests.contract.support.example_programs import PREPARE, Missing, Program
from tests.contract.support.npm import NotInstalled

pytestmark = [pytest.mark.judge, pytest.mark.stack]
PATIENCE_SECONDS = 120.0
GUIDE = (REPOSITORY / "docs" / "reading-payments.md").read_text()
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PARTS = (
    Allocation(invoice_id="inv-1", invoice_version=1, amount=3000),
    Allocation(invoice_id="inv-2", invoice_version=4, amount=2000),
)
RECEIVED = [("received", "inv-1", 3000), ("received", "inv-2", 2000)]
REFUND = Refund(refund_id="re-1", amount=500, allocations=(Share(invoice_id="inv-2", amount=500),), at=NOW)
LOST = Dispute(status="lost", amount=3000, allocations=(Share(invoice_id="inv-1", amount=3000),))
SECOND = replace(LOST, amount=2000, allocations=(Share(invoice_id="inv-2", amount=2000),), tip=100)
TIP = Tip(
    amount=700,
    refunds=(
        TipRefund(refund_id="re-2", amount=50, at=NOW, status="succeeded"),
        TipRefund(refund_id="re-3", amount=60, at=NOW, status="pending"),
    ),
)
TIPPED = [("tip", "", 700), ("tip refunded", "", 50)]
SECOND_LOST = [("lost", "inv-2", 2000), ("tip lost", "", 100)]


class Producer(Protocol):
    """What we use of aiokafka's producer, which is not typed."""

    async def begin_transaction(self) -> None: ...
    async def commit_transaction(self) -> None: ...
    async def abort_transaction(self) -> None: ...
    async def send(self, topic: str, **record: object) -> object: ...


def paid(business_id: str, payment_id: str, **changes: object) -> Payment:
    """A payment of two invoices."""
    whole = {"amount": 5000, "currency": "USD", "allocations": PARTS, "refunds": (), "status": "captured"}
    ids = {"business_id": business_id, "payment_id": payment_id}
    fields = {**whole, **ids, "review": None, "dispute": None, **changes}
    return as_event(PaymentCaptured, samples.payment(), **fields)


@asynccontextmanager
async def producer(servers: Servers) -> AsyncGenerator[Producer]:
    """One that publishes in transactions, as billing does."""
    client = AIOKafkaProducer(
        bootstrap_servers=servers.kafka_bootstrap, transactional_id=f"test-{uuid7()}", acks="all"
    )
    await client.start()
    try:
        yield cast(Producer, client)
    finally:
        await client.stop()


async def publish(client: Producer, *events: tuple[int, Payment], aborted: bool = False) -> None:
    """One transaction of (sequence, event); an aborted one leaves a gap."""
    await client.begin_transaction()
    for sequence, event in events:
        source = "/portal/billing"
        record = encode(Envelope(event=event, id=str(uuid7()), source=source, time=NOW, sequence=sequence))
        await client.send(
            record.topic,
            key=record.key,
            value=record.value,
            headers=list(record.headers),
            partition=partition_for(record.key, 12),
        )
    await (client.abort_transaction() if aborted else client.commit_transaction())


@pytest.fixture(params=sorted(PREPARE))
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    """One language after the other; a missing toolchain is a skip, a failing download one except in CI."""
    try:
        return PREPARE[str(request.param)](tmp_path, "payments")
    except Missing as error:
        pytest.skip(str(error))
    except NotInstalled as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def booked(file: Path, business_id: str) -> dict[str, tuple[int, list[tuple[str, str, int]]]]:
    """What the program's file says of a business: sequence and bookings of each payment."""
    if not file.exists():
        return {}
    return {
        key.partition("/")[2]: (
            row["sequence"],
            [(entry["kind"], entry["invoice_id"], entry["amount"]) for entry in row["bookings"]],
        )
        for key, row in json.loads(file.read_text()).items()
        if key.startswith(f"{business_id}/")
    }


async def test_each_payment_is_booked_once_over_gaps_repeats_and_a_kill(
    program: Program, servers: Servers, tmp_path: Path
) -> None:
    business_id, file = f"biz-{uuid7()}"[:36], tmp_path / "books.json"
    group = f"readers-{business_id}"

    async def are(expected: dict[str, tuple[int, Sequence[tuple[str, str, int]]]]) -> None:
        await eventually(
            lambda: _books(file, business_id),
            what="the payments are booked",
            within=PATIENCE_SECONDS,
            met=lambda books: books == expected,
        )

    async with producer(servers) as client:
        started = as_event(PaymentStarted, paid(business_id, "pa-1"), status="started")
        await publish(client, (1, started), (2, paid(business_id, "pa-1")))
        await publish(client, (9, started), aborted=True)
        flagged = as_event(PaymentFlagged, paid(business_id, "pa-2"), review=Review(reason="amount"))
        await publish(client, (2, flagged), (1, started))
        with program.following(servers.kafka_bootstrap, file, group) as process:
            await are({"pa-1": (2, RECEIVED), "pa-2": (2, [])})
            process.kill()
        refunded = as_event(PaymentRefunded, paid(business_id, "pa-1"), refunds=(REFUND,))
        lost = as_event(
            DisputeClosed, paid(business_id, "pa-3", tip=TIP), dispute=SECOND, other_disputes=(LOST,)
        )
        await publish(client, (2, paid(business_id, "pa-1")), (3, refunded), (5, lost))
        with program.following(servers.kafka_bootstrap, file, group) as process:
            await are(
                {
                    "pa-1": (3, [*RECEIVED, ("refunded", "inv-2", 500)]),
                    "pa-2": (2, []),
                    "pa-3": (5, [*RECEIVED, *TIPPED, ("lost", "inv-1", 3000), *SECOND_LOST]),
                }
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0


async def _books(file: Path, business_id: str) -> dict[str, tuple[int, list[tuple[str, str, int]]]]:
    return booked(file, business_id)


def test_the_guide_names_the_commands_that_are_tried_here() -> None:
    commands = re.findall(r"^(?:cd|npm|node|go|\.venv/bin/python) .+$", GUIDE, re.MULTILINE)
    assert commands == [
        ".venv/bin/python docs/examples/python/payments.py .local/payments.json",
        "cd docs/examples/node",
        "npm ci",
        "node payments.mjs payments.json",
        "cd docs/examples/go",
        "go run ./payments payments.json",
    ]


def test_the_guide_says_what_to_do_with_every_event_of_its_topics() -> None:
    topics = json.loads((REPOSITORY / "libs/events/topics.json").read_text())
    about = ("portal.payments.v1", "portal.autopay.v1")
    told = re.findall(r"^\| ([A-Z]\w+) \|", GUIDE, re.MULTILINE)
    assert {*told} == {
        name.split(".")[1] for topic in topics if topic["name"] in about for name in topic["events"]
    }
