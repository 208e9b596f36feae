"""Many at once: nothing is lost, nothing is had twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer
from branding.worker import LOOPS
from chassis.kafka.clients import Record
from servicehub_events import Business, decode

from .branding_examples import body
from .conftest import World

pytestmark = pytest.mark.stack


async def test_fifty_revisions_at_once_make_one_stream_without_gaps(world: World) -> None:
    names = [f"Hikari {number}" for number in range(50)]
    url = "/branding/businesses/b1"
    answers = await asyncio.gather(*(world.servicehub().put(url, json=body(name=name)) for name in names))
    assert [answer.status_code for answer in answers] == [200] * 50
    assert [answer.json()["name"] for answer in answers] == names
    events = await world.rows("SELECT stream, version, data->>'name' FROM events ORDER BY version")
    streams, versions, stored = zip(*events, strict=True)
    assert set(streams) == {"business/b1"}
    assert versions == tuple(range(1, 51))
    assert sorted(stored) == sorted(names)
    assert (await world.servicehub().get(url)).json()["name"] == stored[-1]


async def test_of_many_businesses_that_want_a_slug_at_once_one_gets_it(world: World) -> None:
    answers = await asyncio.gather(
        *(world.servicehub().put(f"/branding/businesses/b{n}", json=body(slug="wanted")) for n in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9


async def test_the_relay_tells_the_log(world: World) -> None:
    answer = await world.servicehub().put("/branding/businesses/log-1", json=body(slug="log-slug"))
    relay = LOOPS["relay"](world.worker)
    relaying = asyncio.create_task(relay.run())
    try:
        async with asyncio.timeout(30):
            record = await _record_of(world.settings.kafka_bootstrap, b"log-1/log-1")
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
    envelope = decode(topic=record.topic, key=record.key, headers=record.headers, value=record.value)
    assert isinstance(envelope.event, Business)
    assert envelope.event.theme_url == answer.json()["theme_url"]


async def _record_of(bootstrap: str, key: bytes) -> Record:
    consumer = AIOKafkaConsumer(
        "portal.businesses.v1",
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        async for record in cast(AsyncIterator[Record], consumer):
            if record.key == key:
                return record
        raise AssertionError("the log ended")
    finally:
        await consumer.stop()
