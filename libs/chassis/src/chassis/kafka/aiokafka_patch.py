"""Two patches of aiokafka, which has no settings for them. `apply()` makes both, for every client of the
process.

**A fetched batch is read to its end even where the name of a header is not UTF-8.** aiokafka decodes the
names of headers strictly while it unpacks a batch, so one bad name hides every record after it and ends the
consumer. Kafka itself takes any bytes: whoever may write to a topic could stop its readers. The seam is the
class that the fetcher unpacks with, `aiokafka.consumer.fetcher.MemoryRecords`; `LenientRecords` stands in
for it and reads such a batch again: each byte that cannot be decoded becomes U+FFFD, by which
`chassis.events_in.records` knows the record and sets it aside.

**Nobody asks without a rest who leads a partition that has no leader.** A broker that shuts down says so of
its partitions in its last answer; then, until there is a leader again, fetcher and sender ask anew as soon
as they are answered, or refused, and a whole core is busy with it. The seam is
`AIOKafkaClient._metadata_update`.

Each can go when aiokafka does it by itself.
"""

import asyncio
import itertools
import struct
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Protocol, SupportsIndex, cast, overload

from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import fetcher
from aiokafka.record import default_records
from aiokafka.record.memory_records import MemoryRecords

BAD_NAME = "\N{REPLACEMENT CHARACTER}"
"""In the name of a header: it was not UTF-8."""

_LENGTH_AT, _OVERHEAD, _MAGIC_AT = 8, 12, 16  # https://kafka.apache.org/documentation/#recordbatch
_HEADERS_SINCE_MAGIC = 2


class _Batch(Protocol):
    """What the fetcher asks of a batch, as far as it is touched here."""

    def __iter__(self) -> Iterator[object]: ...
    def __next__(self) -> object: ...


class _LenientBytes(bytearray):
    """Bytes whose slices decode whatever they hold."""

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> bytearray: ...
    def __getitem__(self, key: SupportsIndex | slice, /) -> int | bytearray:
        if isinstance(key, slice):
            return _LenientBytes(super().__getitem__(key))
        return super().__getitem__(key)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "replace" if errors == "strict" else errors)


class LenientBatch:
    """A batch, read again from its bytes where the fast way stops."""

    def __init__(self, batch: _Batch, data: memoryview) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> object:
        return cast(object, getattr(self._batch, name))

    def __next__(self) -> object:
        return next(self._batch)

    def __iter__(self) -> Iterator[object]:
        count = 0
        try:
            for record in self._batch:
                yield record
                count += 1
        except UnicodeDecodeError:
            yield from itertools.islice(_slowly(self._data), count, None)


def _slowly(data: memoryview) -> Iterator[object]:
    batch = default_records._DefaultRecordBatchPy(data)  # pyright: ignore[reportPrivateUsage]
    iter(batch)  # uncompresses
    batch._buffer = _LenientBytes(batch._buffer)  # pyright: ignore[reportPrivateUsage]
    return iter(batch)


class LenientRecords:
    """Stands in for aiokafka's `MemoryRecords`: the batches of one partition in a fetch."""

    def __init__(self, data: bytes) -> None:
        self._records = MemoryRecords(data)
        self._data = memoryview(data)

    def size_in_bytes(self) -> int:
        """All of them, a last one that is cut off included."""
        return self._records.size_in_bytes()

    def has_next(self) -> bool:
        """Whether a whole batch is left."""
        return self._records.has_next()

    def next_batch(self) -> object:
        """The next batch, or None."""
        batch = self._records.next_batch()
        if batch is None:
            return None
        length: int = struct.unpack_from(">i", self._data, _LENGTH_AT)[0]
        mine, self._data = self._data[: _OVERHEAD + length], self._data[_OVERHEAD + length :]
        return batch if mine[_MAGIC_AT] < _HEADERS_SINCE_MAGIC else LenientBatch(cast(_Batch, batch), mine)


class _Cluster(Protocol):
    """What a client knows of topics and their leaders, as far as it is asked here."""

    def topics(self) -> set[str]: ...
    def partitions_for_topic(self, topic: str) -> set[int] | None: ...
    def available_partitions_for_topic(self, topic: str) -> set[int] | None: ...


_CLIENT: Any = AIOKafkaClient
_update: Callable[..., Awaitable[bool]] = _CLIENT._metadata_update


async def _update_and_rest(client: Any, cluster: _Cluster, topics: Iterable[str]) -> bool:
    """Ask for metadata; unless it tells all leaders, those who wait for it wait a while longer."""
    updated = await _update(client, cluster, topics)
    if not updated or any(_has_leaderless(cluster, topic) for topic in topics or cluster.topics()):
        await asyncio.sleep(client._retry_backoff)
    return updated


def _has_leaderless(cluster: _Cluster, topic: str) -> bool:
    partitions = cluster.partitions_for_topic(topic)
    return not partitions or partitions != cluster.available_partitions_for_topic(topic)


def apply() -> None:
    """Patch the clients of this process, Faust's too. To be called before one is made."""
    fetcher.MemoryRecords = LenientRecords
    _CLIENT._metadata_update = _update_and_rest
