"""Why a record is not an event. Messages name fields, never what is in them: they end up in logs."""

from __future__ import annotations

import re
from typing import ClassVar, Final

import msgspec

_QUOTED_VALUE: Final = re.compile(r"Invalid enum value .*?(?= - at |\Z)", re.DOTALL)


class InvalidEvent(ValueError):
    """The record cannot be understood and never will be; set it aside. `code` is stable, for machines."""

    code: ClassVar[str] = "invalid_event"


class Malformed(InvalidEvent):
    """Bad JSON, a missing header or field, a value of the wrong type or shape."""

    code = "malformed"


class Tombstone(InvalidEvent):
    """The record has no value: compaction would delete its key from the log, for readers to come alone."""

    code = "tombstone"


class TooLarge(InvalidEvent):
    """Key, headers and value together are above the limit."""

    code = "too_large"


class UnknownType(InvalidEvent):
    """The catalogue has no such event, or not on this topic."""

    code = "unknown_type"


class UnknownVersion(InvalidEvent):
    """The event is known, but this version of it cannot be read: upgrade this reader."""

    code = "unknown_version"


class KeyMismatch(InvalidEvent):
    """Key, ce_businessid, ce_subject and the value do not name the same aggregate."""

    code = "key_mismatch"


class InvariantViolated(InvalidEvent):
    """The values contradict each other; `violations` says where."""

    code = "invariant_violated"

    def __init__(self, violations: tuple[str, ...]) -> None:
        super().__init__("; ".join(violations))
        self.violations = violations


def describe(error: msgspec.DecodeError) -> str:
    """What is wrong with a value and where, without quoting the value itself."""
    return _QUOTED_VALUE.sub("Not one of the allowed values", str(error))
