"""On real Kafka: a captured payment is seen and booked once, whatever is delivered or read again."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, cast

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from portal_testing.stack import Servers
from portal_testing.stack.eventually import eventually
from servicehub_events import DEFAULT_PARTITIONS, Envelope, InvoiceRevised, encode, partition_for, uuid7
from stand_in_servicehub.adapters.kafka import KafkaPublisher
from stand_in_servicehub.adapters.payment_log import KafkaPaymentLog
from stand_in_servicehub.core import Core
from stand_in_servicehub.errors import Unavailable
from stand_in_servicehub.inbox import follow
from stand_in_servicehub.setup import prepare
from stand_in_servicehub.store import Store
from stand_in_servicehub.web.app import create_app

from .log_reading import consumer_of, ends, read
from .payment_samples import SPARKLE, captured, told

pytestmark = pytest.mark.stack


class Answer(msgspec.Struct):
    """What we look at in the API's answer."""

    payments: list[dict[str, object]]


class Producer(Protocol):
    """What we use of AIOKafkaProducer, which is not typed."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def begin_transaction(self) -> None: ...
    async def commit_transaction(self) -> None: ...
    async def abort_transaction(self) -> None: ...
    async def send_and_wait(
        self, topic: str, value: bytes, key: bytes, partition: int, *, headers: list[tuple[str, bytes]]
    ) -> object: ...


async def publish(servers: Servers, *envelopes: Envelope, commit: bool = True) -> None:
    """As billing's relay does, in a transaction."""
    bare: object = AIOKafkaProducer(
        bootstrap_servers=servers.kafka_bootstrap, transactional_id=f"billing-{uuid7()}"
    )
    producer = cast(Producer, bare)
    await producer.start()
    await producer.begin_transaction()
    for record in map(encode, envelopes):
        partition = partition_for(record.key, DEFAULT_PARTITIONS)
        await producer.send_and_wait(
            record.topic, record.value, record.key, partition, headers=record.headers
        )
    await (producer.commit_transaction() if commit else producer.abort_transaction())
    await producer.stop()


async def nothing() -> None:
    """The background runs as a task of the test."""


@asynccontextmanager
async def running(core: Core, servers: Servers, file: Path) -> AsyncGenerator[httpx.AsyncClient]:
    """The simulator on this file, from its start to its end."""
    publisher = KafkaPublisher(servers.kafka_bootstrap)
    core.store, core.publisher = Store(file), publisher

    async def background() -> None:
        await prepare(core, publisher.start)
        await follow(core, KafkaPaymentLog(servers.kafka_bootstrap))

    task = asyncio.create_task(background())
    transport = httpx.ASGITransport(create_app(core, "http://localhost:8080", nothing))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8090") as client:
        yield client
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await publisher.stop()
    core.store.close()


async def seen(client: httpx.AsyncClient, core: Core, payment_id: str) -> None:
    """Wait until the API has it, and Kafka has all that followed: a stop before that repeats a record."""

    async def published() -> bool:
        return not core.store.pending()

    async def payments() -> set[object]:
        answer = await client.get(f"/api/businesses/{SPARKLE}")
        return {p["payment_id"] for p in msgspec.json.decode(answer.content, type=Answer).payments}

    await eventually(payments, what=f"{payment_id} in the API", within=30, met=lambda ids: payment_id in ids)
    await eventually(published, what="the booking is published", within=30)


async def bookings(servers: Servers, since: Mapping[TopicPartition, int], payment_id: str) -> list[str]:
    """The invoices on whose newest entry the payment stands, as the topic has it."""
    events = [envelope.event for envelope in await read(servers, since)]
    revised = [event for event in events if isinstance(event, InvoiceRevised) and event.recorded_payments]
    return sorted(e.invoice_id for e in revised if e.recorded_payments[-1].portal_payment_id == payment_id)


async def test_a_captured_payment_is_seen_in_the_api_and_booked_once(
    fresh: Core, servers: Servers, tmp_path: Path
) -> None:
    async with consumer_of(servers) as consumer:
        before = await ends(consumer)
    first, undone, second, third = (f"pay-{uuid7()}" for _ in range(4))
    payment = told(captured(("inv-1042", 9_593), ("inv-1047", 10_000), payment_id=first))
    fresh.store.close()
    async with running(fresh, servers, tmp_path / "s.sqlite3") as client:
        await publish(servers, told(captured(("inv-1036", 1), payment_id=undone)), commit=False)
        await publish(servers, payment, payment)
        await seen(client, fresh, first)
    await publish(servers, payment, told(captured(("inv-1047", 500), payment_id=second)))
    async with running(fresh, servers, tmp_path / "s.sqlite3") as client:
        await seen(client, fresh, second)
    whole_topic = Store(tmp_path / "s.sqlite3")
    whole_topic.move(dict.fromkeys(range(DEFAULT_PARTITIONS), 0))
    whole_topic.close()
    await publish(servers, told(captured(("inv-1047", 600), payment_id=third)))
    async with running(fresh, servers, tmp_path / "s.sqlite3") as client:
        await seen(client, fresh, third)
        await eventually(lambda: at_the_end(fresh, servers), what="everything is read", within=30)
        assert undone not in {row.payment.payment_id for row in fresh.store.payments(SPARKLE)}
    assert await bookings(servers, before, first) == ["inv-1042", "inv-1047"]
    assert await bookings(servers, before, second) == ["inv-1047"]
    assert await bookings(servers, before, third) == ["inv-1047"]


async def at_the_end(core: Core, servers: Servers) -> bool:
    """Whether the store's positions are the ends of the topic, markers included."""
    async with consumer_of(servers) as consumer:
        partitions = [TopicPartition("portal.payments.v1", number) for number in range(DEFAULT_PARTITIONS)]
        found = await consumer.end_offsets(partitions)
    positions = core.store.positions()
    return all(positions.get(p.partition, 0) == end for p, end in found.items())


async def test_a_position_beyond_the_end_reads_the_topic_from_its_beginning(servers: Servers) -> None:
    payment = told(captured(("inv-1042", 1), payment_id=f"pay-{uuid7()}"))
    await publish(servers, payment)
    source = KafkaPaymentLog(servers.kafka_bootstrap)
    await source.start(dict.fromkeys(range(DEFAULT_PARTITIONS), 1_000_000))
    found: list[Envelope] = []
    async with asyncio.timeout(30):
        while payment.id not in {envelope.id for envelope in found}:
            found += [arrival.envelope for arrival in (await source.fetch()).arrivals]
    await source.stop()


async def test_no_broker_is_an_error_that_can_be_waited_out() -> None:
    source = KafkaPaymentLog("127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        await source.start({})
    await source.stop()
