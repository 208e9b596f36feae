"""Bytes that no well-behaved client writes, in the topics of documents: they cost their record alone."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from code_samples import business_event
from notification_samples import contact, customer, invoice
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers, eventually
from portal_testing.stack.odd_batches import MARK, publish_batch
from servicehub_events import WireRecord, encode, partition_for
from worker_stack import Stack, worker_stack

pytestmark = pytest.mark.stack
ODD, AFTER = "in-odd", "in-after"
TOLD_SECONDS = 90


@pytest.fixture
async def stack(servers: Servers, tmp_path: Path) -> AsyncGenerator[Stack]:
    async with worker_stack(servers, tmp_path / "worker.log") as stack:
        yield stack


def told(stack: Stack, number: str, sequence: int = 1, *headers: tuple[str, bytes]) -> WireRecord:
    """An invoice's record, of one partition whatever its number, with these headers besides."""
    event = invoice(invoice_id="in-1", number=number, business_id=stack.business_id)
    record = encode(envelope_of(event, sequence, time=datetime.now(UTC)))
    return WireRecord(record.topic, record.key, [*record.headers, *headers], record.value)


async def test_a_header_whose_name_is_not_utf8_is_a_dead_letter_and_the_lane_goes_on(stack: Stack) -> None:
    b = stack.business_id
    known = business_event(business_id=b, name=b)
    await stack.publish(known, customer(contact("ann"), business_id=b))
    records = [told(stack, ODD, 1, (MARK, b"1")), told(stack, AFTER, 2)]
    partition = partition_for(records[0].key, stack.partitions)
    await publish_batch(stack.settings.kafka_bootstrap, partition, records)

    await stack.box.inbox.until(lambda: len(stack.arrived()) == 1, seconds=TOLD_SECONDS)
    assert AFTER in stack.arrived()[0].subject
    letters = f"SELECT code, cause FROM dead_letters WHERE consumer = 'notifier.news' AND key LIKE '{b}/%'"
    assert await stack.rows(letters) == [("malformed", "the name of a header is not UTF-8")]

    await stack.publish(invoice(invoice_id="in-2", number="in-next", business_id=b))

    async def next_one() -> bool:
        return any("in-next" in message.subject for message in stack.arrived())

    await eventually(next_one, what="the lane goes on", within=TOLD_SECONDS)
