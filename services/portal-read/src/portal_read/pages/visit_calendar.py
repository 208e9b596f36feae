"""Visits as entries of a calendar: a file of one, or a feed of all, in the words of the pages.

An entry holds less than the visit's page: no instructions, for they may say how to get in.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from chassis.words import icalendar
from chassis.words.visit_entry import VisitEntry, calendar_file, status_of
from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment

from portal_read.pages.appointment_item import AppointmentItem, appointment_item
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language, language_of
from portal_read.pages.support_links import support_links

_HOURLY: Final = ("REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H")


class CalendarVisit(NamedTuple):
    """A visit and the version of its row, by which a calendar knows what is newer."""

    appointment: Appointment
    version: int


class CalendarWords(NamedTuple):
    """What an entry says."""

    title: str
    text: str
    place: str | None


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
    return calendar_file([_entry(ctx, language, visit) for visit in visits], tuple(head))


def _entry(ctx: PageContext, language: Language, visit: CalendarVisit) -> VisitEntry:
    appointment = visit.appointment
    status = status_of(appointment.status, appointment.confirmation)
    item = appointment_item(ctx, language, appointment)
    words = calendar_words(ctx, language, item)
    title = words.title
    if status == "CANCELLED":  # not every calendar shows a status
        title = language.words.gettext("{state}: {what}", state=item.tag.word, what=title)
    return VisitEntry(
        business_id=appointment.business_id,
        appointment_id=appointment.appointment_id,
        version=visit.version,
        status=status,
        time=VisitTime.of(appointment.window),
        title=title,
        text=words.text,
        place=words.place,
        url=f"{ctx.origin}{item.url}",
        stamp=ctx.now,
    )
