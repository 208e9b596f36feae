"""The log as a plain client sees it: committed records, from the very first."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from servicehub_events import TOPICS


class Place(NamedTuple):
    """Where a record lies in the log."""

    topic: str
    partition: int
    offset: int


class LogRecord(NamedTuple):
    """One record; its headers are texts."""

    place: Place
    key: str
    headers: Mapping[str, str]
    value: bytes

    @property
    def sequence(self) -> int:
        """The version of the aggregate."""
        return int(self.headers["ce_sequence"])

    @property
    def event(self) -> str:
        """Its type without owner and version: `InvoiceIssued`."""
        return self.headers["ce_type"].split(".")[1]


class _Record(Protocol):
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class _Client(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def partitions_for_topic(self, topic: str) -> set[int] | None: ...
    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]: ...
    async def seek_to_beginning(self, *partitions: TopicPartition) -> bool: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def getmany(self, *, timeout_ms: int) -> dict[TopicPartition, list[_Record]]: ...


async def ends(bootstrap: str) -> dict[tuple[str, int], int]:
    """The next offset of each partition of each topic, behind what no transaction has decided yet."""
    client = _client(bootstrap, "read_uncommitted")
    await client.start()
    try:
        return {(tp.topic, tp.partition): end for tp, end in (await _ends(client)).items()}
    finally:
        await client.stop()


async def read_all(bootstrap: str) -> list[LogRecord]:
    """Every record of every topic of ours, in offset order within a partition."""
    client = _client(bootstrap)
    await client.start()
    try:
        return await _read(client)
    finally:
        await client.stop()


async def _read(client: _Client) -> list[LogRecord]:
    end = await _ends(client)
    await client.seek_to_beginning(*end)
    found: list[LogRecord] = []
    open_ = set(end)
    while open_:
        for records in (await client.getmany(timeout_ms=200)).values():
            found += [_record(record) for record in records if record.value is not None]
        open_ = {tp for tp in open_ if await client.position(tp) < end[tp]}
    return found


async def _ends(client: _Client) -> dict[TopicPartition, int]:
    names = [topic.name for topic in TOPICS]
    partitions = [TopicPartition(name, n) for name in names for n in client.partitions_for_topic(name) or ()]
    return await client.end_offsets(partitions)


def _client(
    bootstrap: str, isolation: Literal["read_committed", "read_uncommitted"] = "read_committed"
) -> _Client:
    client = AIOKafkaConsumer(
        *(topic.name for topic in TOPICS),  # without a group, every partition of them
        bootstrap_servers=bootstrap,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    return cast(_Client, client)


def _record(record: _Record) -> LogRecord:
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    place = Place(record.topic, record.partition, record.offset)
    return LogRecord(place, (record.key or b"").decode(errors="replace"), headers, record.value or b"")
