"""Dead letters after they were set aside: superseded, retried, forgotten."""

from collections.abc import Callable, Sequence
from typing import cast
from uuid import uuid4

import msgspec
import pytest
from chassis.clock import system_clock
from chassis.context import ServiceContext
from chassis.database import Transaction
from chassis.encryption import FieldCipher
from chassis.events_in import consumer_lag, dead_letters
from chassis.events_in.dead_letters import DeadLetterFilter, DeadLetters, RetryFailure
from chassis.events_in.records import RawRecord, Received
from chassis.events_out.relay import Relay
from chassis.settings import KeyRing
from portal_testing.stack.odd_batches import MARK, publish_batch
from servicehub_events import Envelope, PreferencesSet, WireRecord, encode, partition_for
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from .conftest import Bench
from .log_bench import (
    STORE,
    append,
    applied,
    consumed,
    consumer,
    mine,
    publish_raw,
    recorder,
    refusing,
    retry,
    running,
    until,
)

pytestmark = pytest.mark.stack
NO_TRANSACTION = Transaction(cast(AsyncConnection, None))
"""Whoever sends a statement here fails."""
_OLD_LETTER = (
    'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause, key, sequence)'
    " VALUES (:consumer, :topic, :partition, 7, :record, 'unknown_version', '', :key, :sequence)"
)


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


async def test_while_no_letter_waits_an_event_costs_no_statement_to_supersede_any(bench: Bench) -> None:
    now = 0.0
    ours, others = (dead_letters_of(bench, lambda: now) for _ in range(2))
    await ours.upkeep()
    await ours.mark_superseded(NO_TRANSACTION, [received(bench, sequence=2)])
    broken = received(bench, sequence=1).not_applicable(ValueError())
    async with bench.worker.transaction() as tx:
        await others.set_aside(tx, [broken])
    now = 60.0  # another process did it: that is seen within a minute
    await ours.upkeep()
    async with bench.worker.transaction() as tx:
        await ours.mark_superseded(tx, [received(bench, sequence=2)])
    assert await states(bench) == [(1, "superseded")]
    now = 120.0
    await ours.upkeep()
    await ours.mark_superseded(NO_TRANSACTION, [received(bench, sequence=3)])


async def test_a_retry_applies_the_stored_record_and_only_then_is_the_letter_gone(bench: Bench) -> None:
    await append(bench, "k1", "en", "xx")
    record = recorder(bench, "reader")
    await consumed(bench, consumer(bench, refusing(bench, record, 2)), 2)

    async def differently(tx: Transaction, batch: Sequence[Envelope]) -> None:
        await record(tx, batch)
        raise ZeroDivisionError

    assert await retry(bench, differently) == [RetryFailure("not_applicable", "ZeroDivisionError")]
    assert [(letter.state, letter.cause) for letter in await mine(bench)] == [
        ("waiting", "ZeroDivisionError")
    ]
    assert await sequences(bench) == [1]
    assert await retry(bench, record) == [None]
    assert await mine(bench) == []
    assert await sequences(bench) == [1, 2]


async def test_a_failure_that_may_pass_leaves_a_letter_as_it_was(bench: Bench) -> None:
    await append(bench, "k1", "xx")
    record = recorder(bench, "reader")
    await consumed(bench, consumer(bench, refusing(bench, record, 1)), 1)

    async def down(tx: Transaction, batch: Sequence[Envelope]) -> None:
        await record(tx, batch)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await retry(bench, down)
    assert [letter.cause for letter in await mine(bench)] == ["UnspokenLocale"]
    assert await sequences(bench) == []


async def test_a_letter_that_no_key_opens_says_which_setting_to_mend(bench: Bench) -> None:
    await add_old_letter(bench, FieldCipher(KeyRing("lost", {"lost": bytes(32)})), sequence=1)
    (refusal,) = await retry(bench, recorder(bench, "reader"))
    assert refusal is not None
    assert refusal.code == "undecipherable"
    assert "DEAD_LETTER_KEYS" in refusal.cause
    assert len(await mine(bench)) == 1


async def test_a_letter_of_an_earlier_release_is_retried_whatever_its_partition(bench: Bench) -> None:
    await add_old_letter(bench, FieldCipher(bench.settings.dead_letter_keys), sequence=4)
    assert await retry(bench, recorder(bench, "reader")) == [None]
    assert await sequences(bench) == [4]


async def test_letters_are_gone_after_25_days_whoever_set_them_aside(bench: Bench) -> None:
    async with bench.worker.transaction() as tx:
        await tx.connection.execute(
            text(
                'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause,'
                " set_aside_at) SELECT 'long gone', 't', 0, n, '', 'malformed', '',"
                " now() - interval '24 days' - n * interval '1 day' FROM generate_series(0, 2) n"
            )
        )

    async def two_gone() -> bool:
        async with bench.worker.transaction() as tx:
            criteria = DeadLetterFilter(consumer="long gone")
            return await dead_letters.count(tx, criteria) == 1

    async with running(consumer(bench, recorder(bench, "reader"))):
        await until(two_gone)


async def test_a_consumer_is_measured_while_it_runs_and_no_longer(bench: Bench) -> None:
    reader = consumer(bench, recorder(bench, "reader"))

    def lags() -> dict[str, float]:
        return {name: lag for (name,), lag in consumer_lag.values().items()}

    async def caught_up() -> bool:
        return lags().get(reader.name) == 0

    async with running(reader):
        await until(caught_up)
    assert reader.name not in lags()


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


def received(bench: Bench, *, sequence: int) -> Received:
    event = envelope(bench, sequence=sequence)
    record = encode(event)
    return Received(
        record.topic, 0, sequence, event, RawRecord(record.key, tuple(record.headers), record.value)
    )


def dead_letters_of(bench: Bench, monotonic: Callable[[], float]) -> DeadLetters:
    ctx = ServiceContext(settings=bench.settings, database=bench.worker, events=STORE)
    return DeadLetters(f"{bench.name}.reader", ctx, monotonic)


async def add_old_letter(bench: Bench, cipher: FieldCipher, *, sequence: int) -> None:
    """A letter in its stored form: key, headers and value in MessagePack, encrypted for its consumer."""
    record = encode(envelope(bench, sequence=sequence))
    plain = msgspec.msgpack.encode([record.key, record.headers, record.value])
    stored = cipher.encrypt(plain, context=f"dead_letters/{bench.name}.reader")
    wrong = (partition_for(record.key, 12) + 1) % 12
    where = {"topic": record.topic, "partition": wrong, "consumer": f"{bench.name}.reader"}
    about = {"key": record.key.decode(), "sequence": sequence, "record": stored}
    async with bench.worker.transaction() as tx:
        await tx.run(_OLD_LETTER, **where, **about)
