"""Creates the topics of the catalogue, where they are missing."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiokafka.admin import AIOKafkaAdminClient

ALREADY_EXISTS = 36  # Kafka's protocol guide, error codes
CREATE_TIMEOUT_MS = 30_000
RETRY_SECONDS = 0.3


class TopicsNotCreated(Exception):  # noqa: N818 - reads as what happened
    """The broker refused one or more topics; the text has its reasons."""


async def create_topics(bootstrap: str, partitions: int, replication: int = 1) -> None:
    """Create every topic of `servicehub_events`. Waits for a broker that is still starting."""
    from aiokafka.admin import NewTopic
    from servicehub_events.topics import TOPICS

    topics = [NewTopic(topic.name, partitions, replication, topic_configs=topic.config) for topic in TOPICS]
    admin = await _connect(bootstrap)
    try:
        answer = await admin.create_topics(topics, timeout_ms=CREATE_TIMEOUT_MS)
    finally:
        await admin.close()
    refused = [f"{name}: {reason}" for name, code, reason in answer.topic_errors if code not in (0, ALREADY_EXISTS)]
    if refused:
        raise TopicsNotCreated("; ".join(refused))


async def _connect(bootstrap: str) -> "AIOKafkaAdminClient":
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        try:
            await admin.start()
        except KafkaError:
            await admin.close()
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return admin
