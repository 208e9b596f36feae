"""Relay and consumer against real Kafka and PostgreSQL: order, takeover, poison, restarts, zombies."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from chassis import inbox
from chassis.consumer import Apply, Consumer, PositionBeyondEnd
from chassis.crypto import FieldCipher
from chassis.dead_letters import open_record
from chassis.failures import Poison, Retry
from chassis.inbox import LostPartition, TopicPartition
from chassis.reading import Received
from chassis.relay import Relay
from chassis.service import Loop
from chassis.store import EventStore, Origin
from servicehub_events import Event, PreferencesSet, partition_for
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from .conftest import Bench

pytestmark = pytest.mark.stack
TOPIC = "portal.preferences.v1"
STORE, ORIGIN = EventStore(), Origin("test")
_LETTERS = text("SELECT count(*) FROM dead_letters")
_RECORD = text("INSERT INTO applied VALUES (:consumer, :subject, :sequence, :payload)")


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition; the test's own limit is 30 s."""
    async with asyncio.timeout(30):
        while not await met():  # noqa: ASYNC110  # the condition lies in a database
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(*loops: Loop) -> AsyncGenerator[None, None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def append(bench: Bench, contact_id: str, *locales: str) -> None:
    async with bench.worker.transaction() as connection:
        stream = await STORE.load(connection, bench.name, f"preferences/{contact_id}")
        events: list[Event] = [
            PreferencesSet(business_id=bench.name, contact_id=contact_id, locale=locale, kinds={})
            for locale in locales
        ]
        await STORE.append(connection, stream, events, ORIGIN)


def recorder(bench: Bench, name: str) -> Apply:
    """Write down each event of this test's business."""

    async def apply(connection: AsyncConnection, events: Sequence[Received]) -> None:
        for event in events:
            if event.envelope.business_id == bench.name:
                row = {"subject": event.envelope.subject, "sequence": event.envelope.sequence}
                await connection.execute(_RECORD, {**row, "consumer": name, "payload": ""})

    return apply


async def applied(bench: Bench, consumer: str) -> list[tuple[str, int]]:
    async with bench.worker.transaction() as connection:
        rows = await connection.execute(
            text("SELECT subject, sequence FROM applied WHERE consumer = :c ORDER BY ctid"), {"c": consumer}
        )
        return [(subject, sequence) for subject, sequence in rows]


def consumer(bench: Bench, apply: Apply, name: str = "reader") -> Consumer:
    return Consumer(f"{bench.name}.{name}", [TOPIC], apply, bench.settings, bench.worker)


async def letters_of(bench: Bench, consumer: str, key: bytes) -> list[tuple[str, bytes | None]]:
    """Code and value of each letter with this key, opened."""
    cipher = FieldCipher(bench.settings.dead_letter_keys)
    async with bench.worker.transaction() as connection:
        letters = (await connection.execute(text("SELECT code, record FROM dead_letters"))).all()
    records = [(code, open_record(cipher, consumer, bytes(record))) for code, record in letters]
    return [(code, record.value) for code, record in records if record.key == key]


async def publish_raw(
    bench: Bench, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes | None]]
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bench.settings.kafka_bootstrap)
    await producer.start()
    partition = partition_for(key, 12)
    await producer.send_and_wait(TOPIC, value, key, partition, headers=headers)  # pyright: ignore[reportUnknownMemberType]  # aiokafka is untyped
    await producer.stop()


async def test_everything_appended_arrives_once_and_in_order_whoever_relays(bench: Bench) -> None:
    first, second = (Relay(bench.name, bench.settings, bench.worker) for _ in range(2))
    reader = consumer(bench, recorder(bench, "reader"))
    contacts = [f"k{number}" for number in range(10)]

    async def all_there() -> bool:
        return len(await applied(bench, "reader")) == 10 * 40

    async with running(second, reader):
        async with running(first):
            for _ in range(20):
                await asyncio.gather(*(append(bench, contact, "en") for contact in contacts))
        for _ in range(20):
            await asyncio.gather(*(append(bench, contact, "ja") for contact in contacts))
        await until(all_there)
    seen = await applied(bench, "reader")
    for contact in contacts:
        assert [sequence for subject, sequence in seen if subject == contact] == list(range(1, 41))
    async with bench.worker.transaction() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 0


async def test_a_consumer_goes_on_where_its_last_transaction_ended(bench: Bench) -> None:
    async with running(Relay(bench.name, bench.settings, bench.worker)):
        await append(bench, "k1", "en", "ja", "en")
        for expected in (3, 5):
            async with running(consumer(bench, recorder(bench, "reader"))):

                async def there(count: int = expected) -> bool:
                    return len(await applied(bench, "reader")) >= count

                await until(there)
            if expected == 3:
                await append(bench, "k1", "ja", "en")
    assert [sequence for _, sequence in await applied(bench, "reader")] == [1, 2, 3, 4, 5]


async def test_a_poison_record_costs_only_itself_and_is_kept_whole(bench: Bench) -> None:
    key = f"{bench.name}/k1".encode()
    await publish_raw(bench, key, b"{broken", [("ce_type", b"portal.PreferencesSet.v1")])
    await append(bench, "k1", "en", "ja")
    reader = consumer(bench, recorder(bench, "reader"))

    async def there() -> bool:
        return len(await applied(bench, "reader")) == 2

    async with running(Relay(bench.name, bench.settings, bench.worker), reader):
        await until(there)
    assert await letters_of(bench, reader.name, key) == [("malformed", b"{broken")]


@pytest.mark.parametrize(
    "headers", [[("ce_type", None)], [("x\x00y", b"1"), ("x\x00y", b"2")]], ids=["no value", "NUL in a name"]
)
async def test_a_record_nobody_thought_of_stops_nothing(
    bench: Bench, headers: list[tuple[str, bytes | None]]
) -> None:
    key = f"{bench.name}/k1".encode()
    await publish_raw(bench, key, b"{}", headers)
    await append(bench, "k1", "en")
    reader = consumer(bench, recorder(bench, "reader"))

    async def there() -> bool:
        return len(await applied(bench, "reader")) == 1

    async with running(Relay(bench.name, bench.settings, bench.worker), reader):
        await until(there)
    assert ("malformed", b"{}") in await letters_of(bench, reader.name, key)


async def test_a_build_that_refuses_everything_sets_aside_no_more_than_the_limit(bench: Bench) -> None:
    settings = msgspec.structs.replace(bench.settings, dead_letters_per_minute=20)

    async def refuse(_: AsyncConnection, events: Sequence[Received]) -> None:
        if any(event.envelope.business_id == bench.name for event in events):
            raise Poison("refused", "never")

    reader = Consumer(f"{bench.name}.reader", [TOPIC], refuse, settings, bench.worker)
    await append(bench, "k1", *["en"] * 80)

    async def full() -> bool:
        async with bench.worker.transaction() as connection:
            return (await connection.execute(_LETTERS)).scalar_one() >= 20

    async def held() -> bool:
        return not reader.healthy

    async with running(Relay(bench.name, bench.settings, bench.worker), reader):
        await until(full)
        await until(held)
    async with bench.worker.transaction() as connection:
        assert (await connection.execute(_LETTERS)).scalar_one() == 20


async def test_an_event_that_its_handler_refuses_is_set_aside_alone(bench: Bench) -> None:
    record = recorder(bench, "reader")

    async def picky(connection: AsyncConnection, events: Sequence[Received]) -> None:
        await record(connection, events)
        for event in events:
            if event.envelope.business_id == bench.name and event.envelope.sequence == 2:
                raise Poison("unknown_locale", "locale is not spoken here")

    async def there() -> bool:
        return len(await applied(bench, "reader")) == 2

    await append(bench, "k1", "en", "xx", "ja")
    async with running(Relay(bench.name, bench.settings, bench.worker), consumer(bench, picky)):
        await until(there)
    assert await applied(bench, "reader") == [("k1", 1), ("k1", 3)]
    async with bench.worker.transaction() as connection:
        codes = (await connection.execute(text("SELECT code FROM dead_letters"))).scalars().all()
    assert codes.count("unknown_locale") == 1


async def test_a_passing_failure_is_waited_out_without_losing_or_repeating(bench: Bench) -> None:
    record = recorder(bench, "reader")
    failures = iter([Retry("first"), Retry("second")])

    async def moody(connection: AsyncConnection, events: Sequence[Received]) -> None:
        await record(connection, events)
        if any(event.envelope.business_id == bench.name for event in events):
            for failure in failures:
                raise failure

    async def there() -> bool:
        return len(await applied(bench, "reader")) == 3

    await append(bench, "k1", "en", "ja", "en")
    async with running(Relay(bench.name, bench.settings, bench.worker), consumer(bench, moody)):
        await until(there)
    assert [sequence for _, sequence in await applied(bench, "reader")] == [1, 2, 3]


async def test_a_zombies_late_write_is_refused_with_all_its_effects(bench: Bench) -> None:
    tp = TopicPartition(TOPIC, 0)
    async with bench.worker.transaction() as connection:
        await inbox.begin(connection, "reader", {tp: 10})
        await inbox.advance(connection, "reader", {tp: (10, 20)})
    with pytest.raises(LostPartition):
        async with bench.worker.transaction() as connection:
            await connection.execute(text("INSERT INTO applied VALUES ('zombie', 'k1', 1, '')"))
            await inbox.advance(connection, "reader", {tp: (10, 15)})
    assert await applied(bench, "zombie") == []


async def test_a_position_past_the_end_of_the_log_is_an_error_not_silence(bench: Bench) -> None:
    reader = consumer(bench, recorder(bench, "reader"))
    async with bench.worker.transaction() as connection:
        await inbox.begin(connection, reader.name, {TopicPartition(TOPIC, 3): 10_000_000})
    with pytest.raises(PositionBeyondEnd, match=f"{TOPIC}/3"):
        async with asyncio.timeout(30):
            await reader.run()


async def test_a_quiet_topic_is_reported_fresh(bench: Bench) -> None:
    async def fresh() -> bool:
        async with bench.worker.transaction() as connection:
            rows = await connection.execute(
                text("SELECT count(*) FROM positions WHERE caught_up_at > now() - interval '3 seconds'")
            )
            return rows.scalar_one() == 12

    async with running(consumer(bench, recorder(bench, "reader"))):
        await until(fresh)


async def test_two_consumers_of_a_group_share_the_work_without_doubling_it(bench: Bench) -> None:
    readers = [consumer(bench, recorder(bench, "reader")) for _ in range(2)]

    async def there() -> bool:
        return len(await applied(bench, "reader")) >= 100

    async with running(Relay(bench.name, bench.settings, bench.worker), *readers):
        for number in range(100):
            await append(bench, f"k{number}", "en")
        await until(there)
    assert sorted(await applied(bench, "reader")) == sorted((f"k{number}", 1) for number in range(100))
