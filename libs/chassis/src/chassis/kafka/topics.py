"""The topics of the catalogue as a broker has them, and how those that are missing are made."""

from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from servicehub_events import Topic

from chassis.kafka.clients import security
from chassis.settings.base import KafkaSettings

_ALREADY_EXISTS = 36  # Kafka's protocol guide, error codes
_TIMEOUT_MS = 30_000


class TopicShape(NamedTuple):
    """How a broker has a topic: partitions, copies of each, and settings, None where we may not see."""

    partitions: int
    replicas: int
    config: Mapping[str, str] | None


class TopicRefused(Exception):
    """The broker did not create a topic; the text says which and why."""


class _ConfigAnswer(Protocol):
    """What aiokafka's untyped answer holds: error code, message, type, name and settings of each topic."""

    resources: Sequence[tuple[int, str | None, int, str, Sequence[tuple[str, str, object]]]]


class _CreateAnswer(Protocol):
    """Name, error code and message of each topic."""

    topic_errors: Sequence[tuple[str, int, str | None]]


async def find_topics(settings: KafkaSettings, topics: Iterable[Topic]) -> dict[str, TopicShape]:
    """By name, those of `topics` that are there and that this user may see."""
    names = {topic.name for topic in topics}
    async with _admin(settings) as admin:
        present = sorted(names & set(cast("Collection[str]", await admin.list_topics())))
        if not present:
            return {}
        described = cast("Sequence[Mapping[str, Any]]", await admin.describe_topics(present))
        configs = await _configs(admin, present)
    return {
        each["topic"]: TopicShape(
            len(each["partitions"]),
            min((len(partition["replicas"]) for partition in each["partitions"]), default=0),
            configs.get(each["topic"]),
        )
        for each in described
    }


async def settings_of(settings: KafkaSettings, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """By topic; a topic whose settings we may not see is left out."""
    async with _admin(settings) as admin:
        return await _configs(admin, names)


async def create_topics(
    settings: KafkaSettings, topics: Iterable[Topic], *, partitions: int, replicas: int, in_sync: int
) -> None:
    """Create these. One that is there by now stays as it is. Raises `TopicRefused`."""
    wanted = [
        NewTopic(topic.name, partitions, replicas, topic_configs=config_of(topic, in_sync))
        for topic in topics
    ]
    async with _admin(settings) as admin:
        answer = cast(_CreateAnswer, await admin.create_topics(wanted, timeout_ms=_TIMEOUT_MS))
    refused = [
        (name, code, why) for name, code, why in answer.topic_errors if code not in (0, _ALREADY_EXISTS)
    ]
    if refused:
        raise TopicRefused("; ".join(f"{name}: {why or f'error {code}'}" for name, code, why in refused))


def config_of(topic: Topic, in_sync: int) -> dict[str, str]:
    """What a broker is told of a topic: the catalogue's settings, and on how many copies a record must be."""
    return {**topic.config, "min.insync.replicas": str(in_sync)}


def drift(wanted: Mapping[str, str], present: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each setting that is another one: name, as it is, as it should be. The order in a list is nothing."""
    for name, value in wanted.items():
        if set(present.get(name, "").split(",")) != set(value.split(",")):
            yield name, present.get(name, "(none)"), value


@asynccontextmanager
async def _admin(settings: KafkaSettings) -> AsyncGenerator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**security(settings), request_timeout_ms=15_000)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _configs(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in cast("list[_ConfigAnswer]", await admin.describe_configs(resources))
        for code, _, _, name, entries in answer.resources
        if code == 0
    }
