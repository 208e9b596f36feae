"""A visit as an entry of a calendar, the same in a file of the portal and in a mail (RFC 5545). Pure.

Whatever host a portal is at, and wherever an entry was loaded from, it keeps its id: a newer one replaces it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from chassis.words import icalendar
from chassis.words.visit_time import VisitTime

_IDS: Final = UUID("6f0c1c52-6f2b-4a60-9a3e-5a3e0c7d1b57")
_LARGEST: Final = 2**31 - 1
"""The largest integer of RFC 5545, 3.3.8."""
_HEAD: Final = ("VERSION:2.0", "PRODID:-//LeadDuo//ServiceHub portal//EN", "CALSCALE:GREGORIAN")
_CALLED_OFF: Final = ("cancelled", "missed")

EntryStatus = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]
Method = Literal["PUBLISH", "CANCEL"]
"""What a calendar does with a file that came by mail (RFC 5546, 3.2)."""


class CalendarSpan(NamedTuple):
    """From when to when; days for a visit that promises no time of day, the end the day after the last."""

    start: datetime | date
    end: datetime | date


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEntry:
    """An entry. `version` is that of the visit, by which a calendar knows what is newer.

    `organizer` is a name and an address of mail, of files that a mail brings; RFC 5546 wants one there.
    """

    business_id: str
    appointment_id: str
    version: int
    status: EntryStatus
    time: VisitTime
    title: str
    text: str
    place: str | None
    url: str
    stamp: datetime
    organizer: tuple[str, str] | None = None


def span_of(time: VisitTime) -> CalendarSpan:
    """When a visit stands in a calendar: its window, or its days."""
    if time.whole_days:
        return CalendarSpan(time.first_day, time.last_day + timedelta(days=1))
    return CalendarSpan(time.start, time.end)


def status_of(status: str, confirmation: str | None) -> EntryStatus:
    """One that is put off without a new date is called off for the day that it had."""
    if status in _CALLED_OFF or confirmation == "on_hold":
        return "CANCELLED"
    return "TENTATIVE" if confirmation else "CONFIRMED"


def calendar_file(
    entries: Sequence[VisitEntry], head: Iterable[str] = (), *, method: Method | None = None
) -> bytes:
    """A calendar of these entries, with further lines at its head."""
    told = [f"METHOD:{method}"] if method else []
    written = [line for entry in entries for line in _entry(entry)]
    lines = (*_HEAD, *told, *head, *_time_zones(entries), *written)
    return icalendar.written(icalendar.component("VCALENDAR", lines))


def _time_zones(entries: Sequence[VisitEntry]) -> Iterator[str]:
    """Each zone that is named, for the years in which visits are."""
    times = [entry.time for entry in entries if not entry.time.whole_days]
    for key in sorted({time.zone.key for time in times}):
        there = [time for time in times if time.zone.key == key]
        first, last = min(time.start for time in there), max(time.end for time in there)
        yield from icalendar.time_zone(ZoneInfo(key), first.year, last.year)


def _entry(entry: VisitEntry) -> Iterator[str]:
    free = entry.status == "CANCELLED" or entry.time.whole_days == "any_time"
    lines = [
        f"UID:{uuid5(_IDS, f'{entry.business_id}/{entry.appointment_id}')}",
        icalendar.utc("DTSTAMP", entry.stamp),
        f"SEQUENCE:{min(entry.version, _LARGEST)}",
        f"STATUS:{entry.status}",
        *_span_lines(entry.time),
        *([icalendar.person("ORGANIZER", *entry.organizer)] if entry.organizer else []),
        icalendar.text("SUMMARY", entry.title),
        icalendar.text("DESCRIPTION", entry.text),
        *([icalendar.text("LOCATION", entry.place)] if entry.place else []),
        f"URL:{entry.url}",
        f"TRANSP:{'TRANSPARENT' if free else 'OPAQUE'}",
    ]
    return icalendar.component("VEVENT", lines)


def _span_lines(time: VisitTime) -> Iterator[str]:
    for name, at in zip(("DTSTART", "DTEND"), span_of(time), strict=True):
        yield icalendar.moment(name, at, time.zone) if isinstance(at, datetime) else icalendar.day(name, at)
