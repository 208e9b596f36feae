"""Following the topic of payments: lost brokers, restarts, and what was booked while Kafka was away."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from servicehub_events import Envelope, Invoice
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo
from stand_in_servicehub.payments import follow
from stand_in_servicehub.server import prepare
from stand_in_servicehub.store import Store

from .fakes import FakePaymentLog, FakePublisher
from .payment_samples import captured, told

PAYMENT = captured(("inv-1042", 9_593), ("inv-1047", 10_000))


async def run_to_the_end(core: Core, source: FakePaymentLog) -> list[float]:
    """Follow until everything is read; the waits in between."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    task = asyncio.create_task(follow(core, source.read, sleep))
    async with asyncio.timeout(10):
        await source.at_end.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return waits


def booked(sent: Sequence[Envelope]) -> list[str]:
    return [
        envelope.subject for envelope in sent if isinstance(envelope.event, Invoice) and envelope.sequence > 1
    ]


async def test_following_waits_a_lost_broker_out_and_books_nothing_twice(
    core: Core, publisher: FakePublisher
) -> None:
    second = captured(("inv-1036", 700), customer_id="c-1002", payment_id="pay-2")
    source = FakePaymentLog([told(PAYMENT), told(second)], refuses=frozenset({2}))
    waits = await run_to_the_end(core, source)
    assert len(waits) == 1
    assert source.opened == source.closed == 2
    assert booked(publisher.sent) == ["inv-1042", "inv-1047", "inv-1036"]


async def test_what_was_booked_while_kafka_was_away_goes_out_without_another_record(
    core: Core, publisher: FakePublisher
) -> None:
    publisher.failures = 1
    await run_to_the_end(core, FakePaymentLog([told(PAYMENT)]))
    assert booked(publisher.sent) == ["inv-1042", "inv-1047"]


async def test_a_restart_reads_the_topic_anew_and_books_only_what_is_new(
    fresh: Core, demos: dict[str, Demo], publisher: FakePublisher, tmp_path: Path
) -> None:
    async def connected() -> None:
        """Nothing has to be."""

    fresh.store.close()
    records = [told(PAYMENT)]
    for _ in range(2):
        fresh.store = Store(tmp_path / "state.sqlite3")
        await prepare(fresh, demos.values(), connected)
        await run_to_the_end(fresh, FakePaymentLog(records))
        fresh.store.close()
        records.append(told(captured(("inv-1036", 700), customer_id="c-1002", payment_id="pay-2")))
    assert booked(publisher.sent) == ["inv-1042", "inv-1047", "inv-1036"]
