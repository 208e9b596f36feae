"""Compaction now: the broker itself removes what it would remove within days.

The active segment of a partition is never compacted, so a record of a transaction that is aborted, which no
reader sees, is put behind what lies there and begins a segment of its own. Then the cleaner is waited for.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol, cast
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from servicehub_events.topics import TOPICS, Topic

from portal_testing.stack.eventually import eventually
from portal_testing.stack.whole_log import read_all

COMPACTED = tuple(topic for topic in TOPICS if topic.compact)
_AT_ONCE = {
    "segment.ms": "1",
    "min.cleanable.dirty.ratio": "0",
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "1",
}
_ROLLING = b"compaction/rolling"
_SEGMENT_SECONDS = 0.05
_CLEANER_SECONDS = 90.0
"""The cleaner sleeps 15 s when it finds nothing to do."""


class NotConfigured(Exception):
    """The broker would not take a topic's settings; the text says why."""


class _Placed(Protocol):
    topic: str
    partition: int
    offset: int


class _Producer(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def begin_transaction(self) -> None: ...
    async def abort_transaction(self) -> None: ...
    async def partitions_for(self, topic: str) -> set[int]: ...
    async def send_and_wait(self, topic: str, value: bytes, key: bytes, partition: int) -> _Placed: ...


async def compact(bootstrap: str, topics: Iterable[Topic] = COMPACTED) -> None:
    """Return once the last record of each key is all that is left of what these topics hold now.

    Raises `NeverHappened` when the broker leaves more than that.
    """
    listed = list(topics)
    async with _settings_for(bootstrap, listed):
        await asyncio.sleep(_SEGMENT_SECONDS)  # the segments there are must be older than `segment.ms`
        ends = await _roll(bootstrap, listed)

        async def left() -> dict[str, int]:
            return await _superseded(bootstrap, ends)

        await eventually(
            left, what="compacted", within=_CLEANER_SECONDS, every=0.5, met=lambda found: not found
        )


@asynccontextmanager
async def _settings_for(bootstrap: str, topics: list[Topic]) -> AsyncGenerator[None]:
    """Let the broker compact at once; in the end the catalogue's settings hold again."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await _configure(admin, {topic.name: topic.config | _AT_ONCE for topic in topics})
        try:
            yield
        finally:
            await _configure(admin, {topic.name: topic.config for topic in topics})
    finally:
        await admin.close()


async def _configure(admin: AIOKafkaAdminClient, wanted: dict[str, dict[str, str]]) -> None:
    topic = ConfigResourceType.TOPIC
    answers = await admin.alter_configs([ConfigResource(topic, name, c) for name, c in wanted.items()])
    for answer in answers:
        errors = cast("list[tuple[int, str, int, str]]", answer.resources)  # pyright: ignore[reportAttributeAccessIssue]  # made from a schema
        refused = [f"{name}: {message}" for code, message, _, name in errors if code]
        if refused:
            raise NotConfigured("; ".join(refused))


async def _roll(bootstrap: str, topics: list[Topic]) -> dict[tuple[str, int], int]:
    """Begin a new segment everywhere; the offsets they begin at."""
    client = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"compaction-{uuid4()}")
    producer = cast(_Producer, client)
    await producer.start()
    try:
        await producer.begin_transaction()
        placed = [
            await producer.send_and_wait(topic.name, b"", _ROLLING, partition)
            for topic in topics
            for partition in sorted(await producer.partitions_for(topic.name))
        ]
        await producer.abort_transaction()
    finally:
        await producer.stop()
    return {(each.topic, each.partition): each.offset for each in placed}


async def _superseded(bootstrap: str, ends: dict[tuple[str, int], int]) -> dict[str, int]:
    """How many records before these offsets have a newer one of their key, by topic."""
    keys: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for record in await read_all(bootstrap):
        place = record.place.topic, record.place.partition
        if record.place.offset < ends.get(place, 0):
            keys[place].append(record.key)
    left: defaultdict[str, int] = defaultdict(int)
    for (topic, _), found in keys.items():
        if surplus := len(found) - len(set(found)):
            left[topic] += surplus
    return dict(left)
