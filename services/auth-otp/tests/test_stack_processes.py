"""The worker's loops on real Kafka: told by the log, heard on the log, and codes by hand."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from auth_otp.worker import LOOPS
from portal_testing.stack import Servers
from servicehub_events import (
    DEFAULT_PARTITIONS,
    CustomerErased,
    Envelope,
    Event,
    Session,
    SessionRevoked,
    decode,
    encode,
    partition_for,
)

from .sign_in_world import World, business, contact, customer

pytestmark = pytest.mark.stack
HERE = "b-kafka"  # the log is shared by the whole test run
EMAIL = "log@example.com"


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World]:
    async with World.fresh(servers) as running:
        tasks = [asyncio.create_task(make(running.worker).run()) for make in LOOPS.values()]
        yield running
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def listening(servers: Servers) -> AsyncGenerator[asyncio.Queue[Envelope]]:
    """What auth-otp says of our business from now on."""
    consumer = AIOKafkaConsumer(
        "portal.sessions.v1",
        bootstrap_servers=servers.kafka_bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    queue: asyncio.Queue[Envelope] = asyncio.Queue()

    async def listen() -> None:
        while True:
            record: ConsumerRecord[bytes, bytes] = await consumer.getone()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            envelope = decode(topic=record.topic, key=record.key, headers=record.headers, value=record.value)
            if envelope.business_id == HERE:
                queue.put_nowait(envelope)

    await consumer.start()
    task = asyncio.create_task(listen())
    yield queue
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await consumer.stop()


async def publish(servers: Servers, world: World, *events: Event) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka_bootstrap)
    await producer.start()
    for event in events:
        record = encode(world.envelope(event))
        partition = partition_for(record.key, DEFAULT_PARTITIONS)
        await producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]  # its parameters have no types
            record.topic, record.value, record.key, partition=partition, headers=record.headers
        )
    await producer.stop()


async def test_what_the_log_tells_lets_people_in_and_out(servers: Servers, world: World) -> None:
    async with listening(servers) as published, asyncio.timeout(60):
        portal = business(HERE, slug="kafka-business")
        await publish(servers, world, portal, customer(contact(email=EMAIL), business_id=HERE))
        browser = world.browser()
        while not await known(world):  # noqa: ASYNC110  # the consumer's work: nothing tells of it
            await asyncio.sleep(0.02)  # another process's work: there is no event to wait for
        await browser.post("/auth/kafka-business/codes", data={"address": EMAIL})
        code = await world.courier.sent.get()
        await browser.post("/auth/kafka-business/sessions", data={"code": code.code})
        signed_in = await published.get()
        await publish(servers, world, CustomerErased(business_id=HERE, customer_id="cu-1"))
        revoked = await published.get()
    assert isinstance(signed_in.event, Session)
    assert isinstance(revoked.event, SessionRevoked)
    assert (signed_in.sequence, revoked.sequence) == (1, 2)
    assert (revoked.subject, revoked.event.reason) == (signed_in.subject, "customer_erased")


async def known(world: World) -> bool:
    here = f"SELECT count(*) FROM contacts JOIN businesses USING (business_id) WHERE business_id = '{HERE}'"
    return bool(await world.value(here, int))
