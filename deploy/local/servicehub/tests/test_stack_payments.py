"""On real Kafka: a captured payment is seen and booked once, whatever is delivered or read again."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Protocol, cast

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from portal_testing.stack import Servers
from portal_testing.stack.eventually import eventually
from servicehub_events import (
    DEFAULT_PARTITIONS,
    Envelope,
    InvoiceRevised,
    Payment,
    encode,
    partition_for,
    uuid7,
)
from servicehub_events.publisher import Publisher
from stand_in_servicehub.adapters import read_portal
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo
from stand_in_servicehub.errors import Unavailable
from stand_in_servicehub.payments import follow
from stand_in_servicehub.server import prepare
from stand_in_servicehub.store import Store
from starlette.applications import Starlette

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


@asynccontextmanager
async def running(
    core: Core, demos: dict[str, Demo], app: Starlette, servers: Servers, file: Path
) -> AsyncGenerator[httpx.AsyncClient]:
    """The simulator on this file, from its start to its end."""
    publisher = Publisher(servers.kafka_bootstrap, source="/servicehub/core")
    core.store, core.publisher = Store(file), publisher

    async def background() -> None:
        await prepare(core, demos.values(), publisher.open)
        await follow(core, partial(read_portal, servers.kafka_bootstrap))

    task = asyncio.create_task(background())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost:8090"
    ) as client:
        yield client
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await publisher.close()
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


def in_the_partition_of(payment_id: str) -> str:
    """Another id whose records lie behind those of this one."""
    where = partition_for(f"{SPARKLE}/{payment_id}".encode(), DEFAULT_PARTITIONS)
    ids = (f"pay-{uuid7()}" for _ in count())
    return next(i for i in ids if partition_for(f"{SPARKLE}/{i}".encode(), DEFAULT_PARTITIONS) == where)


async def test_a_captured_payment_is_seen_in_the_api_and_booked_once(
    fresh: Core, demos: dict[str, Demo], app: Starlette, servers: Servers, tmp_path: Path
) -> None:
    async with consumer_of(servers) as consumer:
        before = await ends(consumer)
    first, undone, second = (f"pay-{uuid7()}" for _ in range(3))
    third = in_the_partition_of(undone)
    payment = told(captured(("inv-1042", 9_593), ("inv-1047", 10_000), payment_id=first))
    fresh.store.close()
    async with running(fresh, demos, app, servers, tmp_path / "s.sqlite3") as client:
        await publish(servers, told(captured(("inv-1036", 1), payment_id=undone)), commit=False)
        await publish(servers, payment, payment)
        await seen(client, fresh, first)
    await publish(servers, payment, told(captured(("inv-1047", 500), payment_id=second)))
    async with running(fresh, demos, app, servers, tmp_path / "s.sqlite3") as client:
        await seen(client, fresh, second)
        await publish(servers, told(captured(("inv-1047", 600), payment_id=third)))
        await seen(client, fresh, third)
        assert undone not in {payment.payment_id for payment, _ in fresh.store.living(SPARKLE, Payment)}
    assert await bookings(servers, before, first) == ["inv-1042", "inv-1047"]
    assert await bookings(servers, before, second) == ["inv-1047"]
    assert await bookings(servers, before, third) == ["inv-1047"]


async def test_no_broker_is_an_error_that_can_be_waited_out() -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        await anext(read_portal("127.0.0.1:9"))
