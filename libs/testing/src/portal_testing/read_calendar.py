"""A calendar file as somebody else reads it: icalendar, which has no part in writing it."""

from datetime import date, datetime
from typing import NamedTuple

from icalendar import Calendar


class CalendarEntry(NamedTuple):
    """What an entry says; `zone` is the name of the zone in which its start is told."""

    uid: str
    sequence: int
    status: str
    title: str
    text: str
    place: str
    url: str
    transparency: str
    start: datetime | date | None
    end: datetime | date | None
    zone: str


def entries_of(file: bytes) -> list[CalendarEntry]:
    """The entries of a calendar file, in its order."""
    return [
        CalendarEntry(
            uid=str(event.get("UID", "")),
            sequence=int(str(event.get("SEQUENCE", "0"))),
            status=str(event.get("STATUS", "")),
            title=str(event.get("SUMMARY", "")),
            text=str(event.get("DESCRIPTION", "")),
            place=str(event.get("LOCATION", "")),
            url=str(event.get("URL", "")),
            transparency=str(event.get("TRANSP", "")),
            start=event.DTSTART,
            end=event.DTEND,
            zone=str(getattr(event.DTSTART, "tzinfo", "")),
        )
        for event in Calendar.from_ical(file.decode()).events
    ]


def zones_of(file: bytes) -> list[str]:
    """The zones that a calendar file explains."""
    return [str(zone.get("TZID", "")) for zone in Calendar.from_ical(file.decode()).timezones]
