"""From JSON to an event: strict about types, silent about unknown fields, current in version."""

from __future__ import annotations

import re

import msgspec

from servicehub_events.catalogue.base import Event
from servicehub_events.errors import Malformed
from servicehub_events.registry import Kind, Registry, State

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_QUOTED_VALUE = re.compile(r"Invalid enum value .*?(?= - at |\Z)", re.DOTALL)


def read_event(kind: Kind[Event], version: int, value: bytes | None, registry: Registry) -> Event:
    """Decode the value of a record. Raises `Malformed`, or `UnknownVersion` when an upcaster is missing."""
    if not value:
        raise Malformed("the record has no value")
    # PostgreSQL cannot hold it: found here it is one dead letter, found there a stuck partition.
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


def describe(error: msgspec.DecodeError) -> str:
    """What is wrong and where, without quoting the value itself."""
    return _QUOTED_VALUE.sub("Not one of the allowed values", str(error))
