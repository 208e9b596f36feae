"""Reading topics from some point to their end, or for ever, in no group: nobody's positions move."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

from servicehub_events import Envelope, InvalidEvent, decode

from chassis.commands import clients
from chassis.commands.clients import ReaderClient, TimedRecord
from chassis.kafka.clients import TopicPartition
from chassis.settings.base import KafkaSettings

_MOST = 2000


class LogRecord(NamedTuple):
    """A record, and its event or why it is none: a stable code and a sentence."""

    record: TimedRecord
    envelope: Envelope | None
    code: str
    cause: str

    @property
    def place(self) -> str:
        """`topic/partition/offset`."""
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"

    @property
    def type(self) -> str | None:
        """The full type of its event, or what an unreadable record says of itself."""
        return self.envelope.type if self.envelope else self._header("ce_type")

    @property
    def business_id(self) -> str | None:
        """The business that its key names, or else a header."""
        business, slash, _ = (self.record.key or b"").decode(errors="replace").partition("/")
        return business if slash else self._header("ce_businessid")

    def _header(self, name: str) -> str | None:
        values = [value for key, value in self.record.headers if key == name and value is not None]
        return values[0].decode(errors="replace") if values else None


class Span(NamedTuple):
    """What of a log is read: first offset and end, by partition."""

    starts: dict[TopicPartition, int]
    ends: dict[TopicPartition, int]

    @property
    def size(self) -> int:
        """So many offsets; there may be fewer records, since compaction and transactions leave gaps."""
        return sum(self.ends.values()) - sum(self.starts.values())


@asynccontextmanager
async def reading(settings: KafkaSettings, topics: Sequence[str]) -> AsyncGenerator[ReaderClient]:
    """A client that reads all partitions of the topics."""
    client = clients.reader(settings, topics)
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


async def span(client: ReaderClient, since: datetime | None = None) -> Span:
    """From `since` (None: the beginning) to the present end; the client stands at its start."""
    partitions = sorted(client.assignment())
    starts, ends = await client.beginning_offsets(partitions), await client.end_offsets(partitions)
    if since is not None:
        timestamp = int(since.timestamp() * 1000)
        offsets = await client.offsets_for_times(dict.fromkeys(partitions, timestamp))
        starts = {tp: at.offset if (at := offsets.get(tp)) else ends[tp] for tp in partitions}
    for tp, offset in starts.items():
        client.seek(tp, offset)
    return Span(starts, ends)


async def records(
    client: ReaderClient, until: Span | None, progress: Callable[[int], None] | None = None
) -> AsyncIterator[list[LogRecord]]:
    """Batches in the order of each partition, up to the end of `until`, or for ever without one."""
    while True:
        fetched = await client.getmany(timeout_ms=300, max_records=_MOST)
        for tp, batch in fetched.items():
            ends = until.ends[tp] if until else None
            yield [_seen(record) for record in batch if ends is None or record.offset < ends]
        if until is None:
            continue
        at = {tp: min(await client.position(tp), end) for tp, end in until.ends.items()}
        if progress:
            progress(sum(at.values()) - sum(until.starts.values()))
        if all(at[tp] >= end for tp, end in until.ends.items()):
            return


def _seen(record: TimedRecord) -> LogRecord:
    try:
        envelope = decode(topic=record.topic, key=record.key, headers=record.headers, value=record.value)
    except InvalidEvent as error:
        return LogRecord(record, None, error.code, str(error))
    return LogRecord(record, envelope, "", "")
