"""Positions as brokers and clients tell them, without any server; the clock is the test's."""

from typing import cast

from chassis.database.database import Database
from chassis.events_in.positions import OffsetAdvance, Positions
from chassis.kafka import TopicPartition
from chassis.kafka.clients import ConsumerClient
from chassis.settings.base import Secret

ONLY = TopicPartition("t", 0)


class Seconds:
    """A clock that stands still between the lines of a test."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Broker:
    """What a client knows of one partition's end, and since when."""

    end: int | None = 10
    told = 0.0

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset({ONLY})

    def last_stable_offset(self, _: object) -> int | None:
        return self.end

    def last_poll_timestamp(self, _: object) -> int:
        return int(self.told * 1000)


async def test_nothing_is_left_to_read_only_by_what_a_broker_said_lately() -> None:
    clock, broker, database = Seconds(), Broker(), Database(Secret("postgresql://nowhere/at_all"))
    positions, client = Positions("reader", database, clock), cast(ConsumerClient, broker)
    broker.told = clock.now
    positions.mark_stored({ONLY: OffsetAdvance(0, 9)})
    assert not positions.at_end(client)  # one more lies there
    positions.mark_stored({ONLY: OffsetAdvance(9, 10)})
    assert positions.at_end(client)
    clock.now += 60
    assert not positions.at_end(client)  # a client that hears nothing knows nothing
    broker.told, broker.end = clock.now, None
    assert not positions.at_end(client)


async def test_lag_is_what_the_brokers_said_last_and_none_left_is_said_only_of_fresh_news() -> None:
    clock, broker, database = Seconds(), Broker(), Database(Secret("postgresql://nowhere/at_all"))
    positions, client = Positions("reader", database, clock), cast(ConsumerClient, broker)
    broker.told = clock.now
    positions.mark_stored({ONLY: OffsetAdvance(0, 4)})
    assert positions.lag(client) == 6
    clock.now += 60
    assert positions.lag(client) == 6  # a batch is held meanwhile: so many at least
    positions.mark_stored({ONLY: OffsetAdvance(4, 10)})
    assert positions.lag(client) is None
    broker.told = clock.now
    assert positions.lag(client) == 0
    broker.end = None
    assert positions.lag(client) is None
