"""Reading ahead: what is fetched while a batch is being stored is in order, and dropped when it must be."""

import asyncio
from collections.abc import Iterable
from typing import cast

import pytest
from chassis.events_in import positions as stored_positions
from chassis.events_in.consumer import Batch, BatchReader
from chassis.events_in.positions import LostPartition, OffsetAdvance, Positions
from chassis.events_in.records import RawRecord
from chassis.kafka import clients as kafka
from portal_testing.stack import eventually

from .conftest import Bench
from .log_bench import stand

pytestmark = pytest.mark.stack

TOPIC = "portal.preferences.v1"
ONLY = kafka.TopicPartition(TOPIC, 0)
END = 3


class OneAtATime:
    """A client of one partition that gives a single unreadable record a call, and nothing at the end."""

    def __init__(self) -> None:
        self.at = 0

    def assignment(self) -> frozenset[kafka.TopicPartition]:
        return frozenset({ONLY})

    async def beginning_offsets(self, _: Iterable[object]) -> dict[kafka.TopicPartition, int]:
        return {ONLY: 0}

    async def end_offsets(self, _: Iterable[object]) -> dict[kafka.TopicPartition, int]:
        return {ONLY: END}

    def seek(self, _: object, offset: int) -> None:
        self.at = offset

    async def position(self, _: object) -> int:
        return self.at

    async def getmany(self, **_: object) -> dict[kafka.TopicPartition, list[kafka.FetchedRecord]]:
        if self.at == END:
            await asyncio.Event().wait()
        self.at += 1
        return {ONLY: [Unreadable(self.at - 1)]}


class Unreadable:
    """A record without any header."""

    topic, partition, key, value, headers = TOPIC, 0, b"b-1/k-1", b"{}", ()
    timestamp = 0

    def __init__(self, offset: int) -> None:
        self.offset = offset


def offsets(batch: Batch) -> list[int]:
    assert all(letter.raw == RawRecord(b"b-1/k-1", (), b"{}") for letter in batch.letters)
    return [letter.offset for letter in batch.letters]


async def test_one_batch_is_read_while_another_is_stored_and_no_more(bench: Bench) -> None:
    broker, positions = OneAtATime(), Positions("reader", bench.worker)
    client = cast(kafka.ConsumerClient, broker)
    reader = BatchReader(client, positions)
    await positions.seek_to_stored(client)
    first = await reader.next(1)
    assert (offsets(first), first.advances) == ([0], {(TOPIC, 0): (0, 1)})

    async def has_read_two() -> bool:
        return broker.at == 2

    await eventually(has_read_two, what="the second batch is read", within=10)
    assert positions.stored == {(TOPIC, 0): 0}  # nothing is stored yet
    second = await reader.next(1)
    assert (offsets(second), second.advances) == ([1], {(TOPIC, 0): (1, 2)})
    await reader.drop()


async def test_what_was_read_ahead_is_dropped_and_comes_again_after_a_seek(bench: Bench) -> None:
    broker, positions = OneAtATime(), Positions("reader", bench.worker)
    client = cast(kafka.ConsumerClient, broker)
    reader = BatchReader(client, positions)
    await positions.seek_to_stored(client)
    await reader.next(1)
    await reader.drop()
    await positions.seek_to_stored(client)  # nothing was stored: from the beginning
    again = await reader.next(1)
    assert (offsets(again), again.advances) == ([0], {(TOPIC, 0): (0, 1)})
    await reader.drop()


async def test_positions_move_together_and_the_lost_one_is_named(bench: Bench) -> None:
    one, other = kafka.TopicPartition(TOPIC, 1), kafka.TopicPartition(TOPIC, 2)
    positions = Positions("reader", bench.worker)
    await stand(bench, "reader", {one: 5, other: 7})
    async with bench.worker.transaction() as tx:
        both = {one: OffsetAdvance(5, 6), other: OffsetAdvance(7, 9)}
        await positions.advance(tx, both)
    with pytest.raises(LostPartition, match=f"{TOPIC}/2 is no longer at 7"):
        async with bench.worker.transaction() as tx:
            late = {one: OffsetAdvance(6, 8), other: OffsetAdvance(7, 10)}
            await positions.advance(tx, late)
    async with bench.worker.transaction() as tx:
        assert await stored_positions.stored(tx, "reader") == {one: 6, other: 9}
