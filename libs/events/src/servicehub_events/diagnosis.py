"""Why a record was refused: every fault of its headers, key and value, as far as each can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, cast

import msgspec

from servicehub_events.catalogue.base import Event
from servicehub_events.errors import Fault, InvalidEvent, describe
from servicehub_events.faults import type_faults, violation_faults
from servicehub_events.headers import header_faults
from servicehub_events.registry import REGISTRY, Kind, Registry, State

NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Diagnosis(NamedTuple):
    """What was found in a value: its fields as they came, and all that is wrong with them."""

    state: State
    faults: tuple[Fault, ...]


def faults_of(
    event_type: str, value: bytes, headers: Mapping[str, str] | None = None, key: str | None = None
) -> tuple[Fault, ...]:
    """All that is wrong with an event that is to be published; empty if every reader takes it.

    Headers and key are looked at where they are given. For a record as it came from Kafka there is `decode`.
    """
    try:
        kind, version = REGISTRY.of_type(event_type)
    except InvalidEvent as error:
        return (Fault(error.code, "ce_type", str(error)),)
    state, found = diagnose_value(kind, version, value, REGISTRY, rules=True)
    texts, faults = {}, ()
    if headers is not None:
        texts, faults = header_faults((name, text.encode()) for name, text in headers.items())
    keyed = tuple(_key_faults(key, texts, state.get("business_id"), state.get(kind.topic.id_field)))
    unkeyed = tuple(fault for fault in keyed if fault.path != "key")
    return (*faults, *found, *(unkeyed if key is None else keyed))


def diagnose(
    topic: str,
    key: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
    value: bytes,
    registry: Registry,
) -> tuple[Fault, ...]:
    """All faults of a record.

    The order is that in which a reader comes upon them: headers, type, value, key, rules.
    """
    texts, faults = header_faults(headers)
    kind_of, state = _kind(texts.get("ce_type"), topic, registry), State()
    if isinstance(kind_of, Fault):
        faults = (*faults, kind_of)
    elif kind_of:
        state, found = diagnose_value(*kind_of, value, registry, rules=True)
        subject = state.get(kind_of[0].topic.id_field)
        keyed = tuple(_key_faults(key, texts, state.get("business_id"), subject))
        rules = tuple(fault for fault in found if fault.code == "invariant_violated")
        typed = tuple(fault for fault in found if fault.code != "invariant_violated")
        return (*faults, *typed, *keyed, *rules)
    return faults


def diagnose_value(
    kind: Kind[Event], version: int, value: bytes | None, registry: Registry, *, rules: bool = False
) -> Diagnosis:
    """All faults of a value; with `rules`, of the rules between its fields too, where it has no other."""
    try:
        state: object = msgspec.json.decode(value or b"", type=object)
    except msgspec.DecodeError as error:
        message = describe(error) if value else "the record has no value"
        return Diagnosis({}, (Fault("malformed", "$", message),))
    except UnicodeDecodeError:
        return Diagnosis({}, (Fault("malformed", "$", "the value is not UTF-8"),))
    except RecursionError:
        return Diagnosis({}, (Fault("malformed", "$", "the value is nested too deeply"),))
    fields = cast(State, state) if isinstance(state, dict) else State()
    present = cast("object", state)
    try:
        if fields and version != kind.cls.version:
            present = registry.upcast(kind, version, fields)
    except InvalidEvent as error:
        return Diagnosis(fields, error.faults)
    faults = (*_nul_faults(value or b""), *type_faults(kind.cls, present))
    if rules and not faults:
        faults = tuple(violation_faults(msgspec.convert(present, kind.cls)))
    return Diagnosis(fields, faults)


def _nul_faults(value: bytes) -> Iterator[Fault]:
    if NUL.search(value):
        yield Fault("malformed", "$", "the value contains the character U+0000")


def _kind(event_type: str | None, topic: str, registry: Registry) -> tuple[Kind[Event], int] | Fault | None:
    """None without a type: that is a fault of the headers already."""
    if event_type is None:
        return None
    try:
        kind, version = registry.of_type(event_type)
    except InvalidEvent as error:
        return Fault(error.code, "ce_type", str(error))
    if kind.topic.name != topic:
        message = f"{kind.name} does not belong on this topic but on {kind.topic.name}"
        return Fault("unknown_type", "ce_type", message)
    return kind, version


def _key_faults(
    key: bytes | str | None, texts: dict[str, str], business_id: object, subject: object
) -> Iterator[Fault]:
    """What is missing is a fault of its own already, and compared with nothing."""
    for header, field, meant in (
        ("ce_businessid", "the business_id of the value", business_id),
        ("ce_subject", "the aggregate's id in the value", subject),
    ):
        if header in texts and isinstance(meant, str) and texts[header] != meant:
            yield Fault("key_mismatch", header, f"{header} is not {field}")
    known = isinstance(business_id, str) and isinstance(subject, str)
    expected = f"{business_id}/{subject}"
    if known and key not in (expected, expected.encode()):
        yield Fault("key_mismatch", "key", "the key is not {ce_businessid}/{ce_subject}")
