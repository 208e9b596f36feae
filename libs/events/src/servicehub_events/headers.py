"""The CloudEvents attributes as Kafka headers (Kafka protocol binding, section 3.2: `ce_` and UTF-8)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.scalars import FIRST_YEAR, LAST_YEAR, Id, Time
from servicehub_events.envelope import Envelope
from servicehub_events.errors import Fault, invalid
from servicehub_events.faults import struct_faults

CONTENT_TYPE: Final = "application/json"
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?\Z")
_UUID: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\s\S])"
_BOOLEAN: Final = r"^(true|false)(?![\s\S])"
_QUIET: Final = "`true` on what is no news, such as an import: pages show it, and nobody is mailed."
_NUMBER: Final = r"^([1-9][0-9]{0,14}|[1-8][0-9]{15}|90{15})(?![\s\S])"  # 1 to MAX_SEQUENCE


class Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """The headers of a record, checked one by one."""

    specversion: Annotated[str, Meta(pattern=r"^1\.0(?![\s\S])")] = msgspec.field(name="ce_specversion")
    id: Annotated[str, Meta(pattern=_UUID)] = msgspec.field(name="ce_id")
    type: Annotated[str, Meta(max_length=128)] = msgspec.field(name="ce_type")
    source: Annotated[str, Meta(min_length=1, max_length=256)] = msgspec.field(name="ce_source")
    subject: Id = msgspec.field(name="ce_subject")
    time: Time = msgspec.field(name="ce_time")
    business_id: Id = msgspec.field(name="ce_businessid")
    sequence: Annotated[str, Meta(pattern=_NUMBER)] = msgspec.field(name="ce_sequence")
    causation_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = msgspec.field(
        name="ce_causationid", default=None
    )
    quiet: Annotated[str, Meta(pattern=_BOOLEAN, description=_QUIET)] | None = msgspec.field(
        name="ce_quiet", default=None
    )
    traceparent: str | None = None
    content_type: str = msgspec.field(name="content-type")

    def envelope(self, event: Event) -> Envelope:
        """The envelope of an event that agrees with these attributes."""
        return Envelope(
            event=event,
            id=self.id,
            source=self.source,
            time=self.time,
            sequence=int(self.sequence),
            causation_id=self.causation_id,
            # W3C Trace Context, section 3.2.2: a traceparent that cannot be parsed is ignored.
            traceparent=self.traceparent
            if self.traceparent and _TRACEPARENT.match(self.traceparent)
            else None,
            quiet=self.quiet == "true",
        )


def write_headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """The headers of a record, in a fixed order."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": envelope.id,
        "ce_type": envelope.type,
        "ce_source": envelope.source,
        "ce_subject": envelope.subject,
        "ce_time": _rfc3339(envelope.time),
        "ce_businessid": envelope.business_id,
        "ce_sequence": str(envelope.sequence),
        "ce_causationid": envelope.causation_id,
        "ce_quiet": "true" if envelope.quiet else None,
        "traceparent": envelope.traceparent,
        "content-type": CONTENT_TYPE,
    }
    return [(name, text.encode()) for name, text in headers.items() if text is not None]


def _rfc3339(moment: datetime) -> str:
    text: object = msgspec.to_builtins(moment)
    return str(text)


def read_headers(headers: Iterable[tuple[str, bytes | None]]) -> Attributes:
    """The attributes in a record's headers; others are ignored. Raises `Malformed` naming what is wrong."""
    listed = list(headers)
    texts: dict[str, str] = {}
    try:
        for name, data in listed:
            texts[name] = (data or b"").decode()
        attributes = msgspec.convert(texts, Attributes)
    except (UnicodeDecodeError, msgspec.ValidationError):
        raise invalid(header_faults(listed)[1]) from None
    if len(texts) < len(listed) or not _fits(attributes) or None in dict(listed).values():
        raise invalid(header_faults(listed)[1])
    return attributes


def _fits(attributes: Attributes) -> bool:
    stated = attributes.content_type
    json = stated == CONTENT_TYPE or stated.partition(";")[0].strip().lower() == CONTENT_TYPE
    return json and FIRST_YEAR <= attributes.time.year <= LAST_YEAR


def header_faults(headers: Iterable[tuple[str, bytes | None]]) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """The headers that can be read, and all that is wrong with them."""
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for name, data in headers:
        shown = name[:40]
        if name in texts:
            faults.append(Fault("malformed", shown, f"the header {shown!r} is there twice"))
        elif data is None:
            faults.append(Fault("malformed", shown, f"the header {shown!r} has no value"))
            continue
        try:
            texts.setdefault(name, (data or b"").decode())
        except UnicodeDecodeError:
            faults.append(Fault("malformed", shown, f"the header {shown!r} is not UTF-8"))
    named = {fault.path for fault in faults}
    faults += [
        Fault(fault.code, header, f"headers: {fault.message}")
        for fault in struct_faults(Attributes, texts)
        if (header := fault.path.removeprefix("$.")) not in named
    ]
    stated = texts.get("content-type", CONTENT_TYPE)
    if stated.partition(";")[0].strip().lower() != CONTENT_TYPE:
        message = "content-type is not application/json: publish in CloudEvents binary mode"
        faults.append(Fault("malformed", "content-type", message))
    return texts, tuple(faults)
