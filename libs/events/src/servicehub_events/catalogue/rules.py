"""Rules that several aggregates share. Each yields sentences, none if the rule holds."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache

from servicehub_events.money import EXPONENTS


@cache
def time_zones() -> frozenset[str]:
    """The names of IANA's list, the same on every machine: those of the `tzdata` package that is locked.

    What an operating system keeps beside them (`localtime`, `posixrules`, `right/…`) is no name to send, and
    `Factory` says that nobody has set a zone.
    """
    listed = importlib.resources.files("tzdata").joinpath("zones").read_text("utf-8")
    return frozenset(listed.split()) - {"Factory"}


def zone(field: str, name: str) -> Iterator[str]:
    """`name` is a time zone of IANA's list, which `ZoneInfo` knows on any machine."""
    if name not in time_zones():
        yield f"{field} is not an IANA time zone"


def currency(field: str, code: str) -> Iterator[str]:
    """`code` is in ISO 4217."""
    if code not in EXPONENTS:
        yield f"{field} {code} is not an ISO 4217 currency"


def after(field: str, later: datetime, than: str, earlier: datetime) -> Iterator[str]:
    """`later` comes strictly after `earlier`."""
    if later <= earlier:
        yield f"{field} ({later.isoformat()}) must be after {than} ({earlier.isoformat()})"


def not_before(field: str, later: datetime, than: str, earlier: datetime) -> Iterator[str]:
    """`later` comes after `earlier`, or is the same moment."""
    if later < earlier:
        yield f"{field} ({later.isoformat()}) must not be before {than} ({earlier.isoformat()})"


def unique(field: str, ids: Iterable[str]) -> Iterator[str]:
    """No id occurs twice."""
    listed = tuple(ids)
    if len(set(listed)) != len(listed):
        yield f"{field} repeats an id"


def adds_up(field: str, parts: Iterable[int], total_field: str, total: int) -> Iterator[str]:
    """The parts sum to the total."""
    if (actual := sum(parts)) != total:
        yield f"the amounts of {field} sum to {actual}, but {total_field} is {total}"
