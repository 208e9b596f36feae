"""Creates the topics of the catalogue, where they are missing."""

import asyncio
from typing import Protocol, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from servicehub_events.topics import TOPICS

from local_stack.errors import StackError

ALREADY_EXISTS = 36  # Kafka's protocol guide, error codes
CREATE_TIMEOUT_MS = 30_000
RETRY_SECONDS = 0.3
COORDINATOR_TRIES = 30


class _CreateTopicsAnswer(Protocol):
    """What aiokafka's untyped answer holds: name, error code and message of each topic."""

    topic_errors: list[tuple[str, int, str | None]]


async def create_topics(bootstrap: str, partitions: int, replication: int = 1) -> None:
    """Create every topic of `servicehub_events`. Waits for a broker that is still starting."""
    # NewTopic takes -1 only beside assignments, be they empty.
    chosen_there = dict[int, list[int]]() if replication == -1 else None
    topics = [
        NewTopic(topic.name, partitions, replication, chosen_there, topic_configs=topic.config)
        for topic in TOPICS
    ]
    admin = await _connect(bootstrap)
    try:
        answer = await admin.create_topics(topics, timeout_ms=CREATE_TIMEOUT_MS)
        await _have_group_coordinator(admin)
    finally:
        await admin.close()
    errors = cast("_CreateTopicsAnswer", answer).topic_errors
    if refused := [f"{name}: {reason}" for name, code, reason in errors if code not in (0, ALREADY_EXISTS)]:
        raise StackError("; ".join(refused))


async def _have_group_coordinator(admin: AIOKafkaAdminClient) -> None:
    """Let the broker make its own topic of offsets now, or the first consumer of all logs errors about it."""
    for _ in range(COORDINATOR_TRIES):
        try:
            await admin.find_coordinator("local-stack")
        except KafkaError:
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def _connect(bootstrap: str) -> AIOKafkaAdminClient:
    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        try:
            await admin.start()
        except KafkaError:
            await admin.close()
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return admin
