"""On real Kafka: what is published can be read back by the contract, each event where its key belongs."""

import pytest
from portal_testing.stack import Servers
from servicehub_events.publisher import Publisher
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo
from stand_in_servicehub.server import prepare

from .log_reading import consumer_of, ends, read


@pytest.mark.stack
async def test_the_demo_arrives_in_the_right_partitions(
    fresh: Core, demos: dict[str, Demo], servers: Servers
) -> None:
    async with consumer_of(servers) as consumer:
        before = await ends(consumer)
    async with Publisher(servers.kafka_bootstrap, source="/servicehub/core") as publisher:
        fresh.publisher = publisher
        await prepare(fresh, demos.values(), publisher.open)
    found = await read(servers, before)
    ours = [envelope for envelope in found if envelope.business_id in demos]
    days = {name: fresh.desk(name).today for name in demos}
    expected = [event for name, demo in demos.items() for event, _ in demo.events(days[name])]
    assert len(ours) == len(expected)
    assert all(envelope.event in expected for envelope in ours)
