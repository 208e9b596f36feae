"""Visits as entries of a calendar: a file of one, or a feed of all, in the words of the pages.

An entry holds less than the visit's page: no instructions, for they may say how to get in.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment

from portal_read.pages import icalendar
from portal_read.pages.appointment_item import AppointmentItem, appointment_item
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language, language_of
from portal_read.pages.support_links import support_links

_IDS: Final = UUID("6f0c1c52-6f2b-4a60-9a3e-5a3e0c7d1b57")
"""Whatever host a portal is at, an entry keeps its id."""
_LARGEST: Final = 2**31 - 1
"""The largest integer of RFC 5545, 3.3.8."""
_HEAD: Final = ("VERSION:2.0", "PRODID:-//LeadDuo//ServiceHub portal//EN", "CALSCALE:GREGORIAN")
_HOURLY: Final = ("REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H")
_CALLED_OFF: Final = ("cancelled", "missed")


class CalendarVisit(NamedTuple):
    """A visit and the version of its row, by which a calendar knows what is newer."""

    appointment: Appointment
    version: int


class CalendarSpan(NamedTuple):
    """From when to when; days for a visit that promises no time of day, the end the day after the last."""

    start: datetime | date
    end: datetime | date


class CalendarWords(NamedTuple):
    """What an entry says."""

    title: str
    text: str
    place: str | None


def calendar_span(appointment: Appointment) -> CalendarSpan:
    """When a visit stands in a calendar: its window, or its days."""
    time = VisitTime.of(appointment.window)
    if time.whole_days:
        return CalendarSpan(time.first_day, time.last_day + timedelta(days=1))
    return CalendarSpan(time.start, time.end)


def calendar_words(ctx: PageContext, language: Language, item: AppointmentItem) -> CalendarWords:
    """What stands in a calendar of a visit: what, who comes and when, where to read on and whom to call."""
    say, phone = language.words.gettext, support_links(ctx.business).phone
    lines = (
        item.time.window,
        say("Who comes: {names}", names=item.names) if item.names else "",
        item.tag.word if item.tag.tone != "good" else "",
        say("Details: {url}", url=f"{ctx.origin}{item.url}"),
        say("Questions? {phone}", phone=phone) if phone else "",
    )
    title = say("{service} · {business}", service=item.service, business=ctx.business.name)
    return CalendarWords(title, "\n".join(filter(None, lines)), item.place)


def visit_file(ctx: PageContext, visit: CalendarVisit) -> bytes:
    """A calendar file of one visit."""
    return _calendar(ctx, (visit,), ())


def visit_feed(ctx: PageContext, visits: Sequence[CalendarVisit]) -> bytes:
    """A calendar that others subscribe to. What was called off stays in it, and says so."""
    names = (icalendar.text(name, ctx.business.name) for name in ("NAME", "X-WR-CALNAME"))
    return _calendar(ctx, visits, (*names, *_HOURLY))


def _calendar(ctx: PageContext, visits: Sequence[CalendarVisit], head: Iterable[str]) -> bytes:
    language = language_of(ctx)
    entries = [line for visit in visits for line in _entry(ctx, language, visit)]
    lines = (*_HEAD, *head, *_time_zones(visits), *entries)
    return icalendar.written(icalendar.component("VCALENDAR", lines))


def _time_zones(visits: Sequence[CalendarVisit]) -> Iterator[str]:
    """Each zone that is named, for the years in which visits are."""
    windows = [visit.appointment.window for visit in visits if not visit.appointment.window.whole_days]
    for key in sorted({window.time_zone for window in windows}):
        there = [window for window in windows if window.time_zone == key]
        first, last = min(window.start for window in there), max(window.end for window in there)
        yield from icalendar.time_zone(ZoneInfo(key), first.year, last.year)


def _entry(ctx: PageContext, language: Language, visit: CalendarVisit) -> Iterator[str]:
    appointment, status = visit.appointment, _status(visit.appointment)
    item = appointment_item(ctx, language, appointment)
    words = calendar_words(ctx, language, item)
    title, off = words.title, status == "CANCELLED"
    if off:  # not every calendar shows a status
        title = language.words.gettext("{state}: {what}", state=item.tag.word, what=title)
    free = off or appointment.window.whole_days == "any_time"
    lines = [
        f"UID:{uuid5(_IDS, f'{appointment.business_id}/{appointment.appointment_id}')}",
        icalendar.utc("DTSTAMP", ctx.now),
        f"SEQUENCE:{min(visit.version, _LARGEST)}",
        f"STATUS:{status}",
        *_span_lines(appointment),
        icalendar.text("SUMMARY", title),
        icalendar.text("DESCRIPTION", words.text),
        *([icalendar.text("LOCATION", words.place)] if words.place else []),
        f"URL:{ctx.origin}{item.url}",
        f"TRANSP:{'TRANSPARENT' if free else 'OPAQUE'}",
    ]
    return icalendar.component("VEVENT", lines)


def _status(appointment: Appointment) -> str:
    """One that is put off without a new date is called off for the day that it had."""
    if appointment.status in _CALLED_OFF or appointment.confirmation == "on_hold":
        return "CANCELLED"
    return "TENTATIVE" if appointment.confirmation else "CONFIRMED"


def _span_lines(appointment: Appointment) -> Iterator[str]:
    zone = ZoneInfo(appointment.window.time_zone)
    for name, at in zip(("DTSTART", "DTEND"), calendar_span(appointment), strict=True):
        yield icalendar.moment(name, at, zone) if isinstance(at, datetime) else icalendar.day(name, at)
