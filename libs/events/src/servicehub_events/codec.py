"""Events as Kafka records: CloudEvents 1.0, Kafka protocol binding, binary content mode, JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from servicehub_events.catalogue.base import Event
from servicehub_events.diagnosis import NUL, diagnose, diagnose_value
from servicehub_events.envelope import Envelope
from servicehub_events.errors import (
    InvalidEvent,
    InvariantViolated,
    KeyMismatch,
    Malformed,
    Tombstone,
    TooLarge,
    UnknownType,
    invalid,
)
from servicehub_events.headers import Attributes, read_headers, write_headers
from servicehub_events.registry import REGISTRY, Kind, Registry, State
from servicehub_events.topics import MAX_BYTES

Headers = list[tuple[str, bytes]]
_ENCODER: Final = msgspec.json.Encoder()


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
    try:
        return _event(kind, version, value, registry)
    except Malformed as error:
        raise invalid(diagnose_value(kind, version, value, registry).faults or error.faults) from None


def decode(
    *,
    topic: str,
    key: bytes | None,
    headers: Iterable[tuple[str, bytes | None]],
    value: bytes | None,
    registry: Registry = REGISTRY,
) -> Envelope:
    """The event in a record, in whatever partition it lies: versions guard the order within a key.

    Raises a subclass of `InvalidEvent`, which names all that is wrong as far as it can be read, and never
    quotes what the record holds about people.
    """
    if value is None:
        raise Tombstone("the record has no value, which deletes its key: publish an event of erasure instead")
    listed = list(headers)
    try:
        return _read(topic, key, listed, value, registry)
    except TooLarge:  # nobody looks through it for more
        raise
    except InvalidEvent as error:
        raise invalid(diagnose(topic, key, listed, value, registry) or error.faults) from None


def _read(
    topic: str,
    key: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
    value: bytes,
    registry: Registry,
) -> Envelope:
    """The same, up to the first fault."""
    _check_size(key, headers, value)
    attributes = read_headers(headers)
    kind, version = registry.of_type(attributes.type)
    if kind.topic.name != topic:
        raise UnknownType(f"{kind.name} does not belong on this topic but on {kind.topic.name}")
    event = _event(kind, version, value, registry)
    _check_key(key, attributes, event.business_id, kind.subject(event))
    if violations := event.violations():
        raise InvariantViolated("; ".join(violations))
    return attributes.envelope(event)


def _event(kind: Kind[Event], version: int, value: bytes, registry: Registry) -> Event:
    """Strict about types, silent about unknown fields, current in version; it does not say what is wrong."""
    # PostgreSQL cannot hold it: refused here it is one dead letter, refused there a stuck partition.
    sound = b"\\u0000" not in value or not NUL.search(value)
    try:
        event = _decoded(kind, version, value, registry)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        event = None
    if event is None or not sound or not kind.within_years(event):
        raise Malformed("the value is not what its type says")
    return event


def _decoded(kind: Kind[Event], version: int, value: bytes, registry: Registry) -> Event:
    if version == kind.cls.version:
        return kind.decoder.decode(value)
    old: State = msgspec.json.decode(value, type=State)
    return msgspec.convert(registry.upcast(kind, version, old), kind.cls)


def _check_size(key: bytes | None, headers: Iterable[tuple[str, bytes | None]], value: bytes) -> None:
    size = len(key or b"") + len(value)
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
