"""The log as a plain client sees it: committed records, from the very first."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition

from .ledger import Place


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
    headers: Sequence[tuple[str, bytes]]


class _Client(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def assign(self, partitions: list[TopicPartition]) -> None: ...
    def partitions_for_topic(self, topic: str) -> set[int] | None: ...
    async def topics(self) -> set[str]: ...
    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]: ...
    async def seek_to_beginning(self, *partitions: TopicPartition) -> bool: ...
    async def position(self, partition: TopicPartition) -> int: ...
    async def getmany(self, *, timeout_ms: int) -> dict[TopicPartition, list[_Record]]: ...


async def ends(bootstrap: str) -> dict[tuple[str, int], int]:
    """The next offset of each partition of each topic."""
    client = _client(bootstrap)
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
    client.assign(list(end))
    await client.seek_to_beginning(*end)
    found: list[LogRecord] = []
    open_ = set(end)
    while open_:
        for records in (await client.getmany(timeout_ms=200)).values():
            found += [_record(record) for record in records if record.value is not None]
        at = await asyncio.gather(*(client.position(tp) for tp in open_))
        open_ = {tp for tp, position in zip(list(open_), at, strict=True) if position < end[tp]}
    return found


async def _ends(client: _Client) -> dict[TopicPartition, int]:
    names = [name for name in await client.topics() if not name.startswith("_")]
    partitions = [TopicPartition(name, n) for name in names for n in client.partitions_for_topic(name) or ()]
    return await client.end_offsets(partitions)


def _client(bootstrap: str) -> _Client:
    client = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False
    )
    return cast(_Client, client)


def _record(record: _Record) -> LogRecord:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    place = Place(record.topic, record.partition, record.offset)
    return LogRecord(place, (record.key or b"").decode(errors="replace"), headers, record.value or b"")
