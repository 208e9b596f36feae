"""Records of Kafka become typed events, or dead letters that say what is wrong with them."""

import re
from typing import Final, NamedTuple

import msgspec
import structlog
from servicehub_events import DEFAULT_PARTITIONS, LARGEST_SEQUENCE, Envelope, InvalidEvent, Malformed
from servicehub_events import decode as decode_event

from chassis.kafka.aiokafka_patch import BAD_NAME
from chassis.kafka.clients import Record

log = structlog.get_logger(__name__)

_KEY: Final = re.compile(r"[^/\x00-\x1f\x7f]{1,64}/[^/\x00-\x1f\x7f]{1,64}\Z")
_DIGITS: Final = re.compile(rb"[0-9]{1,19}\Z")


class RawRecord(msgspec.Struct, frozen=True, array_like=True):
    """A Kafka record as it came, byte for byte; what is not UTF-8 in a header's name is U+FFFD."""

    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None


class DeadLetter(NamedTuple):
    """A record that is set aside. `cause` names fields and rules, never what a person wrote."""

    topic: str
    partition: int
    offset: int
    raw: RawRecord
    code: str
    cause: str

    @property
    def key(self) -> str | None:
        """`{business}/{id}` of the aggregate it is about, if that can be told."""
        if self.code == "key_mismatch" or not self.raw.key:
            return None
        key = self.raw.key.decode(errors="replace")
        return key if _KEY.match(key) and "\N{REPLACEMENT CHARACTER}" not in key else None

    @property
    def sequence(self) -> int | None:
        """Its `ce_sequence`, if that can be read."""
        values = [value for name, value in self.raw.headers if name == "ce_sequence"]
        if len(values) != 1 or not values[0] or not _DIGITS.match(values[0]):
            return None
        return number if (number := int(values[0])) <= LARGEST_SEQUENCE else None


class Received(NamedTuple):
    """An event and where it lies."""

    topic: str
    partition: int
    offset: int
    envelope: Envelope
    raw: RawRecord

    def not_applicable(self, error: Exception) -> DeadLetter:
        """The letter of an event whose reaction raised; without the error's text, which may name a person."""
        return DeadLetter(*self[:3], self.raw, "not_applicable", type(error).__name__)


def decode(record: Record, partitions: int) -> Received | DeadLetter | None:
    """The event in a record of a topic with so many partitions, or its letter; None for a tombstone."""
    if record.value is None:
        return None
    raw = RawRecord(record.key, tuple(record.headers), record.value)
    return decode_raw(record.topic, record.partition, record.offset, raw, partitions)


def decode_raw(
    topic: str, partition: int, offset: int, raw: RawRecord, partitions: int | None = None
) -> Received | DeadLetter:
    """The event in a record, or its letter; without `partitions` the record may lie in any partition."""
    try:
        if BAD_NAME in "".join([name for name, _ in raw.headers]):
            raise Malformed("the name of a header is not UTF-8")
        envelope = decode_event(
            topic=topic,
            key=raw.key,
            headers=raw.headers,
            value=raw.value,
            partition=None if partitions is None else partition,
            partitions=partitions or DEFAULT_PARTITIONS,
        )
    except InvalidEvent as error:
        return DeadLetter(topic, partition, offset, raw, error.code, str(error))
    except Exception as error:
        # A record nobody thought of must not stop the partition for ever.
        log.error("consumer.unreadable", topic=topic, offset=offset, exc_info=error)
        return DeadLetter(topic, partition, offset, raw, "unreadable", type(error).__name__)
    return Received(topic, partition, offset, envelope, raw)
