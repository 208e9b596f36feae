"""Events as Kafka records: CloudEvents 1.0, Kafka protocol binding, binary content mode, JSON value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from servicehub_events.catalogue.base import Event
from servicehub_events.envelope import Envelope
from servicehub_events.errors import (
    InvariantViolated,
    KeyMismatch,
    Malformed,
    Tombstone,
    TooLarge,
    UnknownType,
    describe,
)
from servicehub_events.headers import Attributes, read_headers, write_headers
from servicehub_events.registry import REGISTRY, Kind, Registry, State
from servicehub_events.topics import MAX_BYTES

Headers = list[tuple[str, bytes]]
_ENCODER: Final = msgspec.json.Encoder()
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class WireRecord(NamedTuple):
    """What a Kafka producer sends. The partition is `partition_for(key, partitions)`."""

    topic: str
    key: bytes
    headers: Headers
    value: bytes


def encode(envelope: Envelope) -> WireRecord:
    """The record of an event. Raises `InvalidEvent` for one that no reader would accept."""
    record = WireRecord(envelope.topic, envelope.key, write_headers(envelope), encode_event(envelope.event))
    # Reading it back is the check: constructors do not validate, and two rule books would drift apart.
    decode(topic=record.topic, key=record.key, headers=record.headers, value=record.value)
    return record


def encode_event(event: Event) -> bytes:
    """The JSON of an event, unchecked. Absent optional fields are left out."""
    return _ENCODER.encode(event)


def decode_event(event_type: str, value: bytes, registry: Registry = REGISTRY) -> Event:
    """An event from its type and JSON, brought to its present version. Does not check its invariants.

    Raises `UnknownType`, `UnknownVersion` or `Malformed`.
    """
    kind, version = registry.of_type(event_type)
    return _event(kind, version, value, registry)


def decode(
    *,
    topic: str,
    key: bytes | None,
    headers: Iterable[tuple[str, bytes | None]],
    value: bytes | None,
    registry: Registry = REGISTRY,
) -> Envelope:
    """The event in a record, in whatever partition it lies: versions guard the order within a key.

    Raises a subclass of `InvalidEvent`, whose message never quotes what the record holds about people.
    """
    if value is None:
        raise Tombstone("the record has no value, which deletes its key: publish an event of erasure instead")
    listed = list(headers)
    _check_size(key, listed, value)
    attributes = read_headers(listed)
    kind, version = registry.of_type(attributes.type)
    if kind.topic.name != topic:
        raise UnknownType(f"{kind.name} does not belong on this topic but on {kind.topic.name}")
    event = _event(kind, version, value, registry)
    _check_key(key, attributes, event.business_id, kind.subject(event))
    if violations := event.violations():
        raise InvariantViolated(violations)
    return attributes.envelope(event)


def _event(kind: Kind[Event], version: int, value: bytes | None, registry: Registry) -> Event:
    """Strict about types, silent about unknown fields, current in version."""
    if not value:
        raise Malformed("the record has no value")
    # PostgreSQL cannot hold it: refused here it is one dead letter, refused there a stuck partition.
    if b"\\u0000" in value and _NUL.search(value):
        raise Malformed("the value contains the character U+0000")
    try:
        if version == kind.cls.version:
            return kind.decoder.decode(value)
        old: State = msgspec.json.decode(value, type=State)
        return msgspec.convert(registry.upcast(kind, version, old), kind.cls)
    except msgspec.DecodeError as error:
        raise Malformed(describe(error)) from None
    except UnicodeDecodeError:
        raise Malformed("the value is not UTF-8") from None
    except RecursionError:
        raise Malformed("the value is nested too deeply") from None


def _check_size(key: bytes | None, headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> None:
    size = len(key or b"") + len(value or b"")
    for name, data in headers:  # no sum() of a generator: it would be a tenth of decoding
        size += len(name) + len(data or b"")
    if size > MAX_BYTES:
        raise TooLarge(f"the record has {size} bytes, at most {MAX_BYTES} are allowed")


def _check_key(key: bytes | None, attributes: Attributes, business_id: str, subject: str) -> None:
    if attributes.business_id != business_id:
        raise KeyMismatch("ce_businessid is not the business_id of the value")
    if attributes.subject != subject:
        raise KeyMismatch("ce_subject is not the aggregate's id in the value")
    if key != f"{business_id}/{subject}".encode():
        raise KeyMismatch("the key is not {ce_businessid}/{ce_subject}")
