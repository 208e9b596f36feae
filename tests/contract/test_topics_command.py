"""`portal topics` makes what is missing on a broker, names what differs, and leaves what is there."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from chassis.kafka.topics import drift
from local_stack.environment import inherited
from portal_testing.stack import Servers, command
from portal_testing.stack.command import Said
from servicehub_events import TOPICS

from tests.chaos.stacks.broker import Broker

ONE = ("--replication-factor", "1", "--min-insync-replicas", "1", "--json")


def test_the_order_of_a_list_is_no_drift_and_a_missing_setting_is() -> None:
    wanted = {"cleanup.policy": "compact,delete", "retention.ms": "1"}
    assert [*drift(wanted, {"cleanup.policy": "delete,compact", "retention.ms": "1"})] == []
    assert [*drift(wanted, {"cleanup.policy": "delete"})] == [
        ("cleanup.policy", "delete", "compact,delete"),
        ("retention.ms", "(none)", "1"),
    ]


async def topics(bootstrap: str, *words: str) -> Said:
    environment = inherited() | {"PORTAL_PROFILE": "local", "KAFKA_BOOTSTRAP": bootstrap}
    return await command.portal(environment, "topics", *words)


@pytest.fixture
async def empty_broker(tmp_path: Path) -> AsyncGenerator[str]:
    """A broker on which nobody has created anything."""
    broker = Broker.formatted(tmp_path)
    try:
        await broker.start()
        yield broker.bootstrap
    finally:
        broker.kill()


@pytest.mark.stack
async def test_topics_that_are_there_as_they_should_be_are_left_as_they_are(servers: Servers) -> None:
    for word in ("check", "create"):
        said = await topics(servers.kafka_bootstrap, word, *ONE)
        assert said.code == 0, said.out + said.err
        assert [(row["topic"], row["state"]) for row in said.json] == [
            (topic.name, "as it should be") for topic in TOPICS
        ]


@pytest.mark.stack
async def test_what_differs_is_named_with_what_to_do(servers: Servers) -> None:
    said = await topics(servers.kafka_bootstrap, "check", "--partitions", "6", *ONE)
    assert said.code == 1
    assert {(row["state"], row["what to do"]) for row in said.json} == {
        ("differs", "not 6 partitions: say --partitions 12, or create it anew")
    }
    said = await topics(servers.kafka_bootstrap, "check", "--min-insync-replicas", "2", *ONE[:2], "--json")
    assert said.code == 1
    assert "kafka-configs.sh --alter" in said.json[0]["what to do"]


@pytest.mark.stack
async def test_more_copies_of_a_record_than_there_are_is_not_understood(servers: Servers) -> None:
    said = await topics(
        servers.kafka_bootstrap, "create", "--replication-factor", "1", "--min-insync-replicas", "2"
    )
    assert said.code == 2


@pytest.mark.stack
async def test_what_is_missing_is_created_as_the_catalogue_says(empty_broker: str) -> None:
    planned = await topics(empty_broker, "create", "--dry-run", *ONE)
    assert (planned.code, {row["state"] for row in planned.json}) == (0, {"would be created"})
    missing = await topics(empty_broker, "check", *ONE)
    assert (missing.code, {row["state"] for row in missing.json}) == (1, {"missing"})
    made = await topics(empty_broker, "create", *ONE)
    assert (made.code, {row["state"] for row in made.json}) == (0, {"created"}), made.err
    again = await topics(empty_broker, "create", *ONE)
    assert (again.code, {row["state"] for row in again.json}) == (0, {"as it should be"})
