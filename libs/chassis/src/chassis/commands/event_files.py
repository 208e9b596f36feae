"""Events as people write them down: a JSON object each, one a line, or a whole file of JSON.

    {"type": "servicehub.AppointmentScheduled.v1", "sequence": 3, "data": {…the whole state…}}

`id` (a new UUIDv7), `time` (now), `source` (the topic's publisher), `causation_id`, `traceparent` and
`quiet` (nobody is told of it) may be given too. `type` may leave out owner and version:
`AppointmentScheduled`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from servicehub_events import (
    TOPICS,
    Envelope,
    Event,
    Fault,
    InvalidEvent,
    UnknownType,
    WireRecord,
    encode,
    event_type,
    faults_of,
    uuid7,
)
from servicehub_events.codec import decode_event
from servicehub_events.registry import REGISTRY

from chassis.commands.known_names import suggestion


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event of a file."""

    type: str
    sequence: int
    data: msgspec.Raw
    id: str | None = None
    time: datetime | None = None
    source: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    quiet: bool = False


class FileFault(NamedTuple):
    """One fault of an event: the line it begins at, from 1, and what is wrong where in it."""

    line: int
    code: str
    path: str
    message: str


class Ready(NamedTuple):
    """One event that every reader will accept."""

    line: int
    envelope: Envelope
    record: WireRecord


def read_events(text: bytes) -> tuple[list[Ready], list[FileFault]]:
    """Every event of a file, and every fault of each; times that are not given are now."""
    ready: list[Ready] = []
    faults: list[FileFault] = []
    for line, part in _parts(text):
        try:
            written = msgspec.json.decode(part, type=Written)
            if found := _faults(written):
                faults += [FileFault(line, *fault) for fault in found]
                continue
            envelope = _envelope(written)
            ready.append(Ready(line, envelope, encode(envelope)))
        except InvalidEvent as error:
            faults += [FileFault(line, *fault) for fault in error.faults]
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
            faults.append(FileFault(line, "malformed", "", str(error)))
    return ready, faults


def _parts(text: bytes) -> Iterator[tuple[int, bytes | msgspec.Raw]]:
    """JSON lines, or else one object or list over several lines, with the lines they begin at."""
    lines = [(number, line) for number, line in enumerate(text.split(b"\n"), start=1) if line.strip()]
    if not lines or _is_object(lines[0][1]):
        yield from lines
        return
    try:
        whole = msgspec.json.decode(text, type=list[msgspec.Raw] | dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        yield from lines if _looks_like_lines(lines) else [(1, text)]
        return
    if isinstance(whole, dict):
        yield 1, text
        return
    at = 0
    for part in whole:
        raw = bytes(part)
        at = max(text.find(raw, at), at)
        yield text.count(b"\n", 0, at) + 1, raw
        at += len(raw)


def _is_object(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _looks_like_lines(lines: list[tuple[int, bytes]]) -> bool:
    return len(lines) > 1 and any(_is_object(line) for _, line in lines)


def _faults(written: Written) -> tuple[Fault, ...]:
    """What is wrong with the data, rules between its fields included; headers are the envelope's."""
    kind = full_type(written.type)
    if "." not in kind:
        raise UnknownType(f"there is no event {kind[:80]}{similar_types(kind[:80])}")
    return faults_of(kind, bytes(written.data))


def _envelope(written: Written) -> Envelope:
    event: Event = decode_event(full_type(written.type), bytes(written.data))
    source = written.source or REGISTRY.of_class(type(event)).topic.source
    return Envelope(
        event=event,
        id=written.id or str(uuid7()),
        source=source,
        time=written.time or datetime.now(UTC),
        sequence=written.sequence,
        causation_id=written.causation_id,
        traceparent=written.traceparent,
        quiet=written.quiet,
    )


def full_type(name: str) -> str:
    """`servicehub.AppointmentScheduled.v1` of that or of its short name; an unknown one as it is."""
    return all_types().get(name.casefold(), name)


def similar_types(name: str) -> str:
    """`: did you mean InvoiceIssued?`, or else every event there is."""
    short = {known: kind.split(".")[1] for known, kind in all_types().items()}
    return suggestion(name, short, short)


def all_types() -> dict[str, str]:
    """Full type by every name it may be called, in lower case."""
    names: dict[str, str] = {}
    for topic in TOPICS:
        for cls in topic.events:
            kind = event_type(cls)
            names |= dict.fromkeys((kind.casefold(), kind.rpartition(".")[0].casefold()), kind)
            names[cls.__name__.casefold()] = kind
    return names
