"""Told to end: the batch in hand is committed, Kafka knows how far it came, and the group is left at once."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, cast

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from chassis.database import Transaction
from chassis.events_out.relay import Relay
from chassis.kafka.clients import TopicPartition
from servicehub_events import Envelope
from sqlalchemy import text

from .conftest import Bench
from .log_bench import append, applied, consumer, recorder, running

pytestmark = pytest.mark.stack


class Offset(NamedTuple):
    """What Kafka holds for a group."""

    offset: int
    metadata: str


class Description(Protocol):
    """What Kafka says of groups."""

    groups: Sequence[Sequence[object]]


class Admin(Protocol):
    """What we use of the client."""

    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def describe_consumer_groups(self, group_ids: Sequence[str]) -> Sequence[Description]: ...
    async def list_consumer_group_offsets(self, group_id: str) -> Mapping[TopicPartition, Offset]: ...


async def test_a_consumer_that_is_told_to_end_drains_commits_and_leaves(bench: Bench) -> None:
    held, let_go = asyncio.Event(), asyncio.Event()
    record = recorder(bench, "reader")

    async def slow(tx: Transaction, batch: Sequence[Envelope]) -> None:
        await record(tx, batch)
        if any(envelope.business_id == bench.name for envelope in batch):
            held.set()
            await let_go.wait()

    reader = consumer(bench, slow)
    async with running(Relay(bench.name, bench.settings, bench.worker)):
        consuming = asyncio.create_task(reader.run())
        await append(bench, "k1", "en", "ja")
        async with asyncio.timeout(30):
            await held.wait()
        consuming.cancel()
        asyncio.get_running_loop().call_soon(let_go.set)
        with pytest.raises(asyncio.CancelledError):
            await consuming
    assert await applied(bench, "reader") == [("k1", 1), ("k1", 2)]
    state, offsets = await _group(bench, reader.name)
    assert state == "Empty"
    assert offsets == await _positions(bench, reader.name)


async def _group(bench: Bench, name: str) -> tuple[object, dict[tuple[str, int], int]]:
    """Its state, and the offsets that Kafka holds."""
    admin = cast(Admin, AIOKafkaAdminClient(bootstrap_servers=bench.settings.kafka_bootstrap))
    await admin.start()
    try:
        (described,) = await admin.describe_consumer_groups([name])
        offsets = await admin.list_consumer_group_offsets(name)
    finally:
        await admin.close()
    return described.groups[0][2], {(tp.topic, tp.partition): at.offset for tp, at in offsets.items()}


async def _positions(bench: Bench, name: str) -> dict[tuple[str, int], int]:
    async with bench.worker.transaction() as tx:
        rows = await tx.connection.execute(
            text("SELECT topic, partition, next_offset FROM positions WHERE consumer = :name"), {"name": name}
        )
        return {(topic, partition): offset for topic, partition, offset in rows}
