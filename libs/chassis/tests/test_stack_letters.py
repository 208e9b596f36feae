"""Dead letters after they were set aside: superseded, tried again, forgotten."""

from collections.abc import Sequence
from uuid import uuid4

import pytest
from chassis.clock import system_clock
from chassis.commands import letters
from chassis.commands.letters import Choice
from chassis.database import Transaction
from chassis.events_in.failures import Retry
from chassis.events_out.relay import Relay
from local_stack.testing.odd_batches import MARK, publish_batch
from servicehub_events import Envelope, PreferencesSet, WireRecord, encode, partition_for
from sqlalchemy import text

from .conftest import Bench
from .log_bench import (
    append,
    applied,
    consumed,
    consumer,
    mine,
    publish_raw,
    recorder,
    refusing,
    running,
    until,
)

pytestmark = pytest.mark.stack


async def states(bench: Bench) -> list[tuple[int | None, str]]:
    return [(each.sequence, each.state) for each in await mine(bench)]


async def sequences(bench: Bench) -> list[int]:
    return [sequence for _, sequence in await applied(bench, "reader")]


async def test_a_newer_good_event_supersedes_a_letter_in_the_same_batch_or_later(bench: Bench) -> None:
    await append(bench, "k1", "en", "xx", "ja")
    await append(bench, "k2", "en", "xx")
    picky = refusing(bench, recorder(bench, "reader"), 2)
    await consumed(bench, consumer(bench, picky), 5)
    assert sorted(await states(bench)) == [(2, "superseded"), (2, "waiting")]
    await append(bench, "k2", "ja")

    async def both() -> bool:
        return await states(bench) == [(2, "superseded")] * 2

    async with running(Relay(bench.name, bench.settings, bench.worker), consumer(bench, picky)):
        await until(both)


async def test_an_older_event_supersedes_nothing(bench: Bench) -> None:
    good = envelope(bench, sequence=3)
    damaged = [(name, value) for name, value in encode(envelope(bench, sequence=5)).headers]
    await publish_raw(bench, good.key, b"{broken", damaged)
    record = encode(good)
    await publish_raw(bench, record.key, record.value, record.headers)
    await consumed(bench, consumer(bench, recorder(bench, "reader")), 2)
    assert await states(bench) == [(5, "waiting")]


async def test_a_retry_applies_the_stored_record_and_only_then_is_the_letter_gone(bench: Bench) -> None:
    await append(bench, "k1", "en", "xx")
    record = recorder(bench, "reader")
    await consumed(bench, consumer(bench, refusing(bench, record, 2)), 2)
    await ask(bench)

    async def refused_again() -> bool:
        return [each.tries for each in await mine(bench)] == [1]

    async with running(consumer(bench, refusing(bench, record, 2))):
        await until(refused_again)
    assert await states(bench) == [(2, "waiting, tried 1×")]
    assert await sequences(bench) == [1]
    await ask(bench)
    async with running(consumer(bench, record)):
        await until(lambda: gone(bench))
    assert await sequences(bench) == [1, 2]


async def test_a_retry_waits_out_a_passing_failure(bench: Bench) -> None:
    await append(bench, "k1", "xx")
    record = recorder(bench, "reader")
    await consumed(bench, consumer(bench, refusing(bench, record, 1)), 1)
    await ask(bench)
    failures = iter([Retry("not yet")])

    async def moody(tx: Transaction, batch: Sequence[Envelope]) -> None:
        await record(tx, batch)
        if any(envelope.business_id == bench.name for envelope in batch):
            for failure in failures:
                raise failure

    async with running(consumer(bench, moody)):
        await until(lambda: gone(bench))
    assert await sequences(bench) == [1]
    assert list(failures) == []


async def test_letters_are_gone_after_25_days_whoever_set_them_aside(bench: Bench) -> None:
    async with bench.worker.transaction() as connection:
        await connection.execute(
            text(
                'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause,'
                " set_aside_at) SELECT 'long gone', 't', 0, n, '', 'malformed', '',"
                " now() - interval '24 days' - n * interval '1 day' FROM generate_series(0, 2) n"
            )
        )

    async def two_gone() -> bool:
        async with bench.worker.transaction() as connection:
            return len(await letters.find(connection, Choice(consumer="long gone"))) == 1

    async with running(consumer(bench, recorder(bench, "reader"))):
        await until(two_gone)


async def test_a_header_whose_name_is_not_utf8_costs_its_record_alone(bench: Bench) -> None:
    records = [encode(envelope(bench, sequence=number)) for number in (1, 2, 3)]
    odd = WireRecord(*records[1][:2], [*records[1].headers, (MARK, b"1")], records[1].value)
    partition = partition_for(records[0].key, 12)
    await publish_batch(bench.settings.kafka_bootstrap, partition, [records[0], odd, records[2]])
    reader = consumer(bench, recorder(bench, "reader"))
    await consumed(bench, reader, 3)
    assert await sequences(bench) == [1, 3]
    assert [(each.code, each.cause, each.state) for each in await mine(bench)] == [
        ("malformed", "the name of a header is not UTF-8", "superseded")
    ]


def envelope(bench: Bench, *, sequence: int) -> Envelope:
    event = PreferencesSet(business_id=bench.name, contact_id="k1", locale="en", kinds={})
    about = bench.settings.public_origin
    return Envelope(event=event, id=str(uuid4()), source=about, time=system_clock(), sequence=sequence)


async def ask(bench: Bench) -> None:
    async with bench.worker.transaction() as connection:
        await letters.ask_retry(connection, Choice(numbers=[each.number for each in await mine(bench)]))


async def gone(bench: Bench) -> bool:
    return not await mine(bench)
