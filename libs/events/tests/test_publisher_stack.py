"""The Python publisher on a real broker: order, repeats, and a broker that goes away."""

import asyncio
import itertools
from typing import Protocol, cast

import pytest
from aiokafka import AIOKafkaProducer
from portal_testing.stack import Servers
from portal_testing.stack.whole_log import LogRecord, read_all
from servicehub_events import (
    AppointmentScheduled,
    CustomerRegistered,
    Event,
    InvoiceIssued,
    as_event,
    decode,
    uuid7,
)
from servicehub_events.publisher import Publication, Publisher, PublishFailed, Security, SyncPublisher
from servicehub_events_tools.testing import samples

from .lossy_network import lossy_network

pytestmark = pytest.mark.stack
SOURCE = "/servicehub/core"
SOON = 2.0
PATIENCE_SECONDS = 30.0
"""Far less than a client without a limit of its own waits for a silent broker."""


class Careless(Protocol):
    """What we use of AIOKafkaProducer, which is not typed."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def send_and_wait(
        self, topic: str, *, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> object: ...


@pytest.fixture
def business() -> str:
    """A business that no other test writes about."""
    return f"biz-{uuid7()}"


def customer(business: str, customer_id: str = "c-1") -> CustomerRegistered:
    return as_event(CustomerRegistered, samples.customer(), business_id=business, customer_id=customer_id)


async def log_of(servers: Servers, business: str) -> list[LogRecord]:
    found = await read_all(servers.kafka_bootstrap)
    return [each for each in found if each.key.startswith(f"{business}/")]


async def test_readers_take_every_event_where_the_publisher_says_it_is(
    servers: Servers, business: str
) -> None:
    events: list[Event] = [
        customer(business),
        as_event(AppointmentScheduled, samples.appointment(), business_id=business),
        as_event(InvoiceIssued, samples.invoice(), business_id=business),
    ]
    async with Publisher(servers.kafka_bootstrap, source=SOURCE) as publisher:
        places = await publisher.publish_all(Publication(event, 1) for event in events)
    log = {each.headers["ce_id"]: each for each in await log_of(servers, business)}
    for event, place in zip(events, places, strict=True):
        record = log.pop(place.id)
        assert record.place == (place.topic, place.partition, place.offset)
        headers = [(name, value.encode()) for name, value in record.headers.items()]
        envelope = decode(
            topic=place.topic,
            key=record.key.encode(),
            headers=headers,
            value=record.value,
        )
        assert envelope.event == event
    assert log == {}


async def test_thousands_at_once_keep_the_order_of_each_aggregate(servers: Servers, business: str) -> None:
    ids = [f"c-{n}" for n in range(7)]
    many = [Publication(customer(business, id_), n) for n in range(1, 301) for id_ in ids]
    async with Publisher(servers.kafka_bootstrap, source=SOURCE) as publisher:
        await publisher.publish_all(many)
    log = await log_of(servers, business)
    for _, records in itertools.groupby(sorted(log, key=lambda each: each.key), lambda each: each.key):
        assert [each.sequence for each in records] == list(range(1, 301))


async def test_a_lost_answer_does_not_write_a_record_twice(servers: Servers, business: str) -> None:
    async with lossy_network(servers.kafka_bootstrap) as network:
        async with Publisher(network.bootstrap, source=SOURCE) as publisher:
            network.lose_answers = 2
            await publisher.publish(customer(business), sequence=1)
            await publisher.publish(customer(business), sequence=2)
        assert network.lost == 2
    assert [each.sequence for each in await log_of(servers, business)] == [1, 2]


async def test_a_careless_client_would_write_it_twice(servers: Servers, business: str) -> None:
    """What the test above would see if the publisher were not idempotent."""
    record = Publication(customer(business), 1).record(SOURCE)
    async with lossy_network(servers.kafka_bootstrap) as network:
        producer = cast(Careless, AIOKafkaProducer(bootstrap_servers=network.bootstrap))
        await producer.start()
        network.lose_answers = 1
        await producer.send_and_wait(record.topic, key=record.key, value=record.value, headers=record.headers)
        await producer.stop()
    assert [each.sequence for each in await log_of(servers, business)] == [1, 1]


async def test_a_broker_that_falls_silent_is_an_error_in_time_and_nothing_is_lost(
    servers: Servers, business: str
) -> None:
    async with (
        lossy_network(servers.kafka_bootstrap) as network,
        Publisher(network.bootstrap, source=SOURCE, timeout=SOON) as publisher,
    ):
        await publisher.publish(customer(business), sequence=1)
        network.silent = True
        with pytest.raises(PublishFailed, match="confirmed nothing for 2 s") as caught:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await publisher.publish(customer(business), sequence=2)
        network.silent = False
        await publisher.publish_all(caught.value.unpublished)
        await publisher.publish(customer(business), sequence=3)
    sequences = [each.sequence for each in await log_of(servers, business)]
    assert sequences == sorted(sequences)
    assert set(sequences) == {1, 2, 3}


async def test_closing_ends_while_the_broker_is_silent(servers: Servers, business: str) -> None:
    async with lossy_network(servers.kafka_bootstrap) as network:
        publisher = Publisher(network.bootstrap, source=SOURCE, timeout=SOON)
        await publisher.publish(customer(business), sequence=1)
        network.silent = True
        with pytest.raises(PublishFailed):
            await publisher.publish(customer(business), sequence=2)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await publisher.close()


async def test_security_means_tls(servers: Servers) -> None:
    security = Security(username="core", password="secret")
    with pytest.raises(PublishFailed, match="refuses TLS") as caught:
        await Publisher(servers.kafka_bootstrap, source=SOURCE, security=security, timeout=SOON).open()
    assert caught.value.code == "no_answer"


async def test_without_asyncio(servers: Servers, business: str) -> None:
    with SyncPublisher(servers.kafka_bootstrap, source=SOURCE) as publisher:
        place = publisher.publish(customer(business), sequence=1)
    assert [each.place for each in await log_of(servers, business)] == [
        (place.topic, place.partition, place.offset)
    ]
