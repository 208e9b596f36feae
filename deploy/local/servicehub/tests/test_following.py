"""Following the topic of payments: lost brokers, restarts, and a topic read anew."""

import asyncio
from pathlib import Path

from servicehub_events import Invoice
from stand_in_servicehub.core import Core
from stand_in_servicehub.fakes import FakePaymentLog, FakePublisher
from stand_in_servicehub.inbox import follow
from stand_in_servicehub.setup import prepare
from stand_in_servicehub.store import Store

from .payment_samples import captured, told

PAYMENT = captured(("inv-1042", 9_593), ("inv-1047", 10_000))


async def run_to_the_end(core: Core, source: FakePaymentLog) -> list[float]:
    """Follow until everything is read; the waits in between."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    task = asyncio.create_task(follow(core, source, sleep))
    async with asyncio.timeout(10):
        await source.at_end.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return waits


async def test_following_waits_a_lost_broker_out_and_reads_on_from_the_store(
    core: Core, publisher: FakePublisher
) -> None:
    second = captured(("inv-1036", 700), customer_id="c-1002", payment_id="pay-2")
    source = FakePaymentLog([told(PAYMENT), told(second)], refuses=frozenset({2}))
    waits = await run_to_the_end(core, source)
    assert len(waits) == 1
    assert source.starts == [{}, {0: 1}]
    assert source.committed == {0: 2}
    assert [envelope.subject for envelope in publisher.sent] == ["inv-1042", "inv-1047", "inv-1036"]


async def test_what_was_booked_while_kafka_was_away_goes_out_without_another_record(
    core: Core, publisher: FakePublisher
) -> None:
    publisher.failures = 1
    await run_to_the_end(core, FakePaymentLog([told(PAYMENT)]))
    assert [envelope.subject for envelope in publisher.sent] == ["inv-1042", "inv-1047"]


async def test_a_restart_reads_on_and_a_topic_read_anew_books_nothing_again(
    fresh: Core, publisher: FakePublisher, tmp_path: Path
) -> None:
    fresh.store.close()
    records = [told(PAYMENT)]
    for start in ({}, {0: 1}):
        fresh.store = Store(tmp_path / "state.sqlite3")
        await prepare(fresh, connected)
        source = FakePaymentLog(records)
        await run_to_the_end(fresh, source)
        assert source.starts == [start]
        fresh.store.close()
    fresh.store = Store(tmp_path / "state.sqlite3")
    fresh.store.move({0: 0})
    await run_to_the_end(fresh, FakePaymentLog(records))
    revised = [e for e in publisher.sent if isinstance(e.event, Invoice) and e.sequence > 1]
    assert [envelope.subject for envelope in revised] == ["inv-1042", "inv-1047"]


async def connected() -> None:
    """Nothing has to be."""
