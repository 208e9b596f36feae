"""Why a record is not an event. Messages name fields, never what is in them: they end up in logs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

import msgspec

_QUOTED_VALUE: Final = re.compile(r"Invalid enum value .*?(?= - at |\Z)", re.DOTALL)
_NAMED_FAULTS: Final = 20
"""How many faults a message names: a list of five hundred wrong lines is one mistake, not a page of log."""


class Fault(NamedTuple):
    """One thing that is wrong: its stable code, where (`$.lines[0].amount`, a header), and a sentence."""

    code: str
    path: str
    message: str


class InvalidEvent(ValueError):
    """The record cannot be understood and never will be; set it aside. `code` is stable, for machines.

    `faults` is all that is wrong with it, as far as it can be read; `code` is that of the first.
    """

    code: ClassVar[str] = "invalid_event"

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults) or (Fault(self.code, "", message),)


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

    @property
    def violations(self) -> tuple[str, ...]:
        """The sentences of the broken rules."""
        return tuple(fault.message for fault in self.faults if fault.code == self.code)


_CLASSES: Final = {cls.code: cls for cls in InvalidEvent.__subclasses__()}


def invalid(faults: Sequence[Fault]) -> InvalidEvent:
    """The error of these faults, one or more; the first says of which class it is."""
    named = "; ".join(fault.message for fault in faults[:_NAMED_FAULTS])
    rest = len(faults) - _NAMED_FAULTS
    return _CLASSES[faults[0].code](f"{named}; and {rest} more" if rest > 0 else named, faults)


def describe(error: msgspec.DecodeError) -> str:
    """What is wrong with a value and where, without quoting the value itself."""
    return _QUOTED_VALUE.sub("Not one of the allowed values", str(error))
