"""The CloudEvents attributes as Kafka headers (Kafka protocol binding, section 3.2: `ce_` and UTF-8)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.scalars import Id, Time
from servicehub_events.envelope import LARGEST_SEQUENCE, Envelope
from servicehub_events.errors import Malformed, describe

CONTENT_TYPE: Final = "application/json"
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?\Z")
_UUID: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\s\S])"
_BOOLEAN: Final = r"^(true|false)(?![\s\S])"
_QUIET: Final = "`true` on what is no news, such as an import: pages show it, and nobody is mailed."
_NUMBER: Final = r"^[1-9][0-9]{0,18}(?![\s\S])"


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
    """The attributes in a record's headers; others are ignored. Raises `Malformed` naming the header."""
    texts: dict[str, str] = {}
    for name, data in headers:
        if name in texts:
            raise Malformed(f"the header {name[:40]!r} is there twice")
        if data is None:
            raise Malformed(f"the header {name[:40]!r} has no value")
        try:
            texts[name] = data.decode()
        except UnicodeDecodeError:
            raise Malformed(f"the header {name[:40]!r} is not UTF-8") from None
    try:
        attributes = msgspec.convert(texts, Attributes)
    except msgspec.ValidationError as error:
        raise Malformed(f"headers: {describe(error)}") from None
    _check(attributes)
    return attributes


def _check(attributes: Attributes) -> None:
    stated = attributes.content_type
    if stated != CONTENT_TYPE and stated.partition(";")[0].strip().lower() != CONTENT_TYPE:
        raise Malformed("content-type is not application/json: publish in CloudEvents binary mode")
    if int(attributes.sequence) > LARGEST_SEQUENCE:
        raise Malformed("ce_sequence does not fit 63 bits")
