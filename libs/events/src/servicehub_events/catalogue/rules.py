"""Rules that several aggregates share. Each yields sentences, none if the rule holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from servicehub_events.money import EXPONENTS


@lru_cache(maxsize=1024)
def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=1)
def _require_zone_data() -> None:
    # Without this a machine that has no zone data at all would set every visit aside as poison.
    if not _zone_exists("Asia/Tokyo"):
        raise RuntimeError("this machine has no IANA time zone data: install the `tzdata` package")


def zone(field: str, name: str) -> Iterator[str]:
    """`name` is an IANA time zone that this machine's zone data knows."""
    _require_zone_data()
    if not _zone_exists(name):
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
