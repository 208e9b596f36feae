"""Records of Kafka become typed events, or dead letters that say what is wrong with them."""

import re
from typing import Final, NamedTuple

import msgspec
import structlog
from servicehub_events import LARGEST_SEQUENCE, Envelope, InvalidEvent, Malformed
from servicehub_events import decode as decode_event

from chassis.kafka.aiokafka_patch import BAD_NAME
from chassis.kafka.clients import Record

log = structlog.get_logger(__name__)

_KEY: Final = re.compile(r"[^/\x00-\x1f\x7f]{1,64}/[^/\x00-\x1f\x7f]{1,64}\Z")
_DIGITS: Final = re.compile(r"[0-9]{1,19}\Z", re.ASCII)

OUT_OF_ORDER: Final = {
    "overtaken": "a newer version of this key came before, and the log keeps the last record: publish the"
    " newest version again",
    "after_erasure": "this key was erased before, and the log keeps the last record: publish the erasure"
    " again, with a higher sequence",
}
"""Codes of records that are well in themselves, but must not be the last of their keys; and the remedy."""


CODES: Final = frozenset(
    {
        *(kind.code for kind in InvalidEvent.__subclasses__()),
        *OUT_OF_ORDER,
        *("not_applicable", "unreadable", "undecipherable"),
    }
)
"""Every code that a letter of this build can have."""


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
        return None if self.code == "key_mismatch" else self.record_key

    @property
    def record_key(self) -> str | None:
        """The record's key, if it reads like one, whatever the rest of the record says."""
        key = (self.raw.key or b"").decode(errors="replace")
        return key if _KEY.match(key) and "\N{REPLACEMENT CHARACTER}" not in key else None

    @property
    def business_id(self) -> str:
        """The business that the record's key names; empty if it names none."""
        return (self.record_key or "").partition("/")[0]

    @property
    def sequence(self) -> int | None:
        """Its `ce_sequence`, if that can be read."""
        value = self.header("ce_sequence")
        if not value or not _DIGITS.match(value):
            return None
        return number if (number := int(value)) <= LARGEST_SEQUENCE else None

    def header(self, name: str) -> str | None:
        """The value of a header that is there once, up to 128 characters, without control characters."""
        values = [value for key, value in self.raw.headers if key == name]
        if len(values) != 1 or not values[0]:
            return None
        text = values[0].decode(errors="replace")[:128]
        return text if text.isprintable() else None


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

    def overtaken(self, newest: int) -> DeadLetter:
        """The letter of an event that came after a newer one of its key, whose version is known."""
        code = "after_erasure" if newest == LARGEST_SEQUENCE else "overtaken"
        return DeadLetter(*self[:3], self.raw, code, OUT_OF_ORDER[code])


def decode(record: Record) -> Received | DeadLetter:
    """The event in a record, or its letter."""
    raw = RawRecord(record.key, tuple(record.headers), record.value)
    return decode_raw(record.topic, record.partition, record.offset, raw)


def decode_raw(topic: str, partition: int, offset: int, raw: RawRecord) -> Received | DeadLetter:
    """The event in a stored record, or its letter."""
    try:
        if BAD_NAME in "".join([name for name, _ in raw.headers]):
            raise Malformed("the name of a header is not UTF-8")
        envelope = decode_event(topic=topic, key=raw.key, headers=raw.headers, value=raw.value)
    except InvalidEvent as error:
        return DeadLetter(topic, partition, offset, raw, error.code, str(error))
    except Exception as error:
        # A record nobody thought of must not stop the partition for ever.
        log.error("consumer.unreadable", topic=topic, offset=offset, exc_info=error)
        return DeadLetter(topic, partition, offset, raw, "unreadable", type(error).__name__)
    return Received(topic, partition, offset, envelope, raw)
