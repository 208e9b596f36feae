"""Raw Kafka records become typed events, or dead letters with a cause."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from servicehub_events import Envelope, InvalidEvent, decode

from chassis.events_in.dead_letters import DeadLetter, RawRecord
from chassis.kafka.aiokafka_patch import BAD_NAME
from chassis.kafka.clients import Record

log = structlog.get_logger(__name__)


class Received(NamedTuple):
    """An event and where it lies."""

    topic: str
    partition: int
    offset: int
    envelope: Envelope
    raw: RawRecord


@dataclass(slots=True)
class Batch:
    """What a fetch held, in offset order per partition."""

    events: list[Received] = field(default_factory=list["Received"])
    letters: list[DeadLetter] = field(default_factory=list[DeadLetter])


def read(records: Iterable[Record], partitions: int, batch: Batch) -> None:
    """Decode records of one topic, which has so many partitions, into a batch. Tombstones are passed over."""
    for record in records:
        if record.value is None:
            continue
        raw = RawRecord(record.key, tuple(record.headers), record.value)
        if BAD_NAME in "".join([name for name, _ in record.headers]):
            batch.letters.append(_letter(record, raw, "malformed", "the name of a header is not UTF-8"))
            continue
        try:
            envelope = decode(
                topic=record.topic,
                key=record.key,
                headers=record.headers,
                value=record.value,
                partition=record.partition,
                partitions=partitions,
            )
        except InvalidEvent as error:
            batch.letters.append(_letter(record, raw, error.code, str(error)))
        except Exception as error:
            # A record nobody thought of must not stop the partition for ever.
            log.error("consumer.unreadable", topic=record.topic, offset=record.offset, exc_info=error)
            batch.letters.append(_letter(record, raw, "unreadable", type(error).__name__))
        else:
            batch.events.append(Received(record.topic, record.partition, record.offset, envelope, raw))


def _letter(record: Record, raw: RawRecord, code: str, cause: str) -> DeadLetter:
    return DeadLetter(record.topic, record.partition, record.offset, raw, code, cause)
