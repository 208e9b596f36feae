"""`portal topics` makes what is missing on a broker, names what differs, and changes nothing that is there."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from chassis.kafka.topics import drift
from portal_testing.stack import Servers
from servicehub_events import TOPICS

from .command_line import portal
from .conftest import Bench

pytestmark = pytest.mark.stack
ONE = ("--replication-factor", "1", "--min-insync-replicas", "1", "--json")


def test_the_order_of_a_list_is_no_drift_and_a_missing_setting_is() -> None:
    wanted = {"cleanup.policy": "compact,delete", "retention.ms": "1"}
    assert [*drift(wanted, {"cleanup.policy": "delete,compact", "retention.ms": "1"})] == []
    assert [*drift(wanted, {"cleanup.policy": "delete"})] == [
        ("cleanup.policy", "delete", "compact,delete"),
        ("retention.ms", "(none)", "1"),
    ]


async def test_topics_that_are_there_as_they_should_be_are_left_as_they_are(bench: Bench) -> None:
    for command in ("check", "create"):
        said = await portal(bench, "topics", command, *ONE)
        assert said.code == 0, said.out + said.err
        assert [(row["topic"], row["state"]) for row in said.json] == [
            (topic.name, "as it should be") for topic in TOPICS
        ]


async def test_what_differs_is_named_with_what_to_do(bench: Bench) -> None:
    said = await portal(bench, "topics", "check", "--partitions", "6", *ONE)
    assert said.code == 1
    assert {(row["state"], row["what to do"]) for row in said.json} == {
        ("differs", "not 6 partitions: say --partitions 12, or create it anew")
    }
    said = await portal(bench, "topics", "check", "--min-insync-replicas", "2", *ONE[:2], "--json")
    assert said.code == 1
    assert "kafka-configs.sh --alter" in said.json[0]["what to do"]


async def test_more_copies_of_a_record_than_there_are_is_not_understood(bench: Bench) -> None:
    said = await portal(bench, "topics", "create", "--replication-factor", "1", "--min-insync-replicas", "2")
    assert said.code == 2


async def test_what_is_missing_is_created_as_the_catalogue_says(bench: Bench, empty_broker: str) -> None:
    planned = await portal(bench, "topics", "create", "--dry-run", *ONE, KAFKA_BOOTSTRAP=empty_broker)
    assert (planned.code, {row["state"] for row in planned.json}) == (0, {"would be created"})
    missing = await portal(bench, "topics", "check", *ONE, KAFKA_BOOTSTRAP=empty_broker)
    assert (missing.code, {row["state"] for row in missing.json}) == (1, {"missing"})
    made = await portal(bench, "topics", "create", *ONE, KAFKA_BOOTSTRAP=empty_broker)
    assert (made.code, {row["state"] for row in made.json}) == (0, {"created"}), made.err
    again = await portal(bench, "topics", "create", *ONE, KAFKA_BOOTSTRAP=empty_broker)
    assert (again.code, {row["state"] for row in again.json}) == (0, {"as it should be"})
