"""On real Kafka: what is published can be read back by the contract, each event where its key belongs."""

import re

import pytest
from portal_testing.stack import Servers
from stand_in_servicehub.adapters.kafka import KafkaPublisher
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import DEMO
from stand_in_servicehub.errors import Unavailable
from stand_in_servicehub.setup import prepare

from .log_reading import consumer_of, ends, read


@pytest.mark.stack
async def test_the_demo_arrives_in_the_right_partitions(fresh: Core, servers: Servers) -> None:
    async with consumer_of(servers) as consumer:
        before = await ends(consumer)
    publisher = KafkaPublisher(servers.kafka_bootstrap)
    fresh.publisher = publisher
    try:
        await prepare(fresh, publisher.start)
    finally:
        await publisher.stop()
    found = await read(servers, before)
    ours = [envelope for envelope in found if envelope.business_id in DEMO]
    expected = [event for demo in DEMO.values() for event, _ in demo.events(fresh.today(demo.profile))]
    assert len(ours) == len(expected)
    assert all(envelope.event in expected for envelope in ours)


@pytest.mark.stack
async def test_no_broker_is_an_error_that_can_be_waited_out() -> None:
    publisher = KafkaPublisher("127.0.0.1:9")
    with pytest.raises(Unavailable, match=re.escape("127.0.0.1:9")):
        await publisher.start()
    await publisher.stop()
