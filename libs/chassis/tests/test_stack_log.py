"""Relay and consumer against real Kafka and PostgreSQL: order, takeover, poison, restarts, zombies."""

import asyncio

import pytest
from chassis.events_in.consumer import PositionBeyondEnd
from chassis.events_in.positions import LostPartition, OffsetAdvance, Positions
from chassis.events_out.relay import Relay
from chassis.kafka import TopicPartition
from sqlalchemy import text

from .conftest import Bench
from .log_bench import (
    TOPIC,
    append,
    applied,
    consumer,
    outbox_empty,
    recorder,
    running,
    stand,
    until,
)

pytestmark = pytest.mark.stack


async def test_everything_appended_arrives_in_order_whoever_relays(bench: Bench) -> None:
    first, second = (Relay(bench.name, bench.settings, bench.worker) for _ in range(2))
    reader = consumer(bench, recorder(bench, "reader"))
    contacts = [f"k{number}" for number in range(10)]

    async def all_there() -> bool:
        return len(set(await applied(bench, "reader"))) == 10 * 40 and await outbox_empty(bench)

    async with running(second, reader):
        async with running(first):
            for _ in range(20):
                await asyncio.gather(*(append(bench, contact, "en") for contact in contacts))
        for _ in range(20):
            await asyncio.gather(*(append(bench, contact, "ja") for contact in contacts))
        await until(all_there)
    seen = dict.fromkeys(await applied(bench, "reader"))  # who takes over may repeat the last batch
    for contact in contacts:
        assert [sequence for subject, sequence in seen if subject == contact] == list(range(1, 41))


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


async def test_a_zombies_late_write_is_refused_with_all_its_effects(bench: Bench) -> None:
    tp = TopicPartition(TOPIC, 0)
    positions = Positions("reader", bench.worker)
    await stand(bench, "reader", {tp: 10})
    async with bench.worker.transaction() as tx:
        await positions.advance(tx, {tp: OffsetAdvance(10, 20)})
    with pytest.raises(LostPartition):
        async with bench.worker.transaction() as tx:
            await tx.connection.execute(text("INSERT INTO applied VALUES ('zombie', 'k1', 1, '')"))
            await positions.advance(tx, {tp: OffsetAdvance(10, 15)})
    assert await applied(bench, "zombie") == []


async def test_a_position_past_the_end_of_the_log_is_an_error_not_silence(bench: Bench) -> None:
    reader = consumer(bench, recorder(bench, "reader"))
    await stand(bench, reader.name, {TopicPartition(TOPIC, 3): 10_000_000})
    with pytest.raises(PositionBeyondEnd, match=f"{TOPIC}/3"):
        async with asyncio.timeout(30):
            await reader.run()


async def test_a_quiet_topic_is_reported_fresh(bench: Bench) -> None:
    async def fresh() -> bool:
        async with bench.worker.transaction() as tx:
            rows = await tx.connection.execute(
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
