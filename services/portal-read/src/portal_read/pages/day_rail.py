"""The day rail: where in the day an appointment lies, seen without reading. Decoration; words say it too."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from portal_read.pages.language import Language

_FIRST_HOUR: Final = 8
_LAST_HOUR: Final = 18
_NOON: Final = 12


@dataclass(frozen=True, slots=True)
class Mark:
    at: str
    anchor: str
    label: str


@dataclass(frozen=True, slots=True)
class DayRail:
    """Positions are per cent of the rail's width, as SVG attributes."""

    x: str
    width: str
    marks: tuple[Mark, ...]


def day_rail(language: Language, start: datetime, end: datetime, zone: ZoneInfo) -> DayRail | None:
    """8 AM to 6 PM, wider when the appointment is; None for one that ends on another day."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.date() != last.date():
        return None
    begins, ends = _hours(first), _hours(last)
    left, right = min(_FIRST_HOUR, int(begins)), max(_LAST_HOUR, ceil(ends))

    def place(hour: float) -> str:
        return f"{(hour - left) / (right - left) * 100:.1f}%"

    label = language.format.hour
    marks = (
        Mark("0", "start", label(left)),
        Mark(place(_NOON), "middle", language.words.gettext("noon")),
        Mark("100%", "end", label(right)),
    )
    width = max((ends - begins) / (right - left) * 100, 3)
    return DayRail(place(begins), f"{width:.1f}%", marks)


def _hours(moment: datetime) -> float:
    return moment.hour + moment.minute / 60
