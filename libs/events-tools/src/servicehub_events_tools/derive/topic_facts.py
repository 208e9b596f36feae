"""The topics for machines: a plain list, and `KafkaTopic` manifests for Strimzi."""

from __future__ import annotations

from typing import Final

import msgspec
from servicehub_events.registry import Registry
from servicehub_events.topic import DEFAULT_PARTITIONS, PARTITIONER, Topic

REPLICAS: Final = 3
MIN_IN_SYNC: Final = 2
"""With three replicas, an acknowledged record survives the loss of one broker."""
CLUSTER: Final = "portal"


class TopicFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What publishers and readers rely on about a topic."""

    name: str
    purpose: str
    key: str
    partitions: int
    partitioner: str
    publisher: str
    source: str
    readers: tuple[str, ...]
    config: dict[str, str]
    events: tuple[str, ...]
    """The types at their present version."""


def topic_facts(registry: Registry) -> tuple[TopicFacts, ...]:
    """The facts of every topic, in the order of the catalogue."""
    return tuple(_facts(topic, registry) for topic in registry.topics.values())


def _facts(topic: Topic, registry: Registry) -> TopicFacts:
    types = [registry.of_class(cls).type for cls in topic.events]
    return TopicFacts(
        name=topic.name,
        purpose=topic.purpose,
        key=topic.key,
        partitions=DEFAULT_PARTITIONS,
        partitioner=PARTITIONER,
        publisher=topic.publisher,
        source=topic.source,
        readers=topic.readers,
        config=topic.config,
        events=tuple(types),
    )


def manifests(registry: Registry) -> list[dict[str, object]]:
    """A `KafkaTopic` for each topic; the label names the `Kafka` resource that owns it."""
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaTopic",
            "metadata": {"name": topic.name, "labels": {"strimzi.io/cluster": CLUSTER}},
            "spec": {
                "partitions": topic.partitions,
                "replicas": REPLICAS,
                "config": {**topic.config, "min.insync.replicas": str(MIN_IN_SYNC)},
            },
        }
        for topic in topic_facts(registry)
    ]
