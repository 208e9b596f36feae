"""A visit beside a change of the clocks: page, calendar file and mail tell the time that dateutil reads.

dateutil has its own reader of the zone database, its own rule for hours that come twice, and reads the clocks
of a calendar file from that file alone; icalendar finds the entry in it. None of them is in a service.
"""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from html import unescape

import pytest
from dateutil import tz
from icalendar import Calendar
from msgspec.structs import replace
from notifier.domain.facts import AppointmentFacts
from notifier.messages.style import MessageStyle
from notifier.messages.visit_words import TellableVisit
from notifier.messages.visits import VisitsNews, visits_email
from portal_read import pages
from portal_read.pages import CalendarVisit, PageContext
from servicehub_events import Appointment, Window
from servicehub_events_tools.testing import samples

ORIGIN = "https://portal.example.com"
ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage"),
    *("America/Halifax", "America/St_Johns", "America/Santiago", "America/Havana", "America/Nuuk"),
    *("Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Madrid", "Europe/Paris", "Europe/Berlin"),
    *("Europe/Athens", "Europe/Helsinki", "Europe/Kyiv", "Europe/Chisinau", "Africa/Cairo"),
    *("Africa/Casablanca", "Atlantic/Azores", "Asia/Beirut", "Asia/Jerusalem", "Australia/Sydney"),
    *("Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham"),
)
"""All of them change their clocks twice in 2026, Casablanca for a month."""
YEAR = 2026
BEGINS = (-90, -60, -30, -1, 0, 30, 60)
"""Minutes from the change at which a visit of an hour begins."""
_MARKUP = re.compile("<[^>]+>")


def clock_changes(key: str) -> list[datetime]:
    """The two minutes of the year in which the clocks change, by dateutil."""
    zone, edges = zone_of(key), list[datetime]()
    day, one = datetime(YEAR, 1, 1, tzinfo=UTC), timedelta(days=1)
    while day.year == YEAR:
        if day.astimezone(zone).utcoffset() != (day + one).astimezone(zone).utcoffset():
            before, after = day, day + one
            while after - before > timedelta(minutes=1):
                middle = (before + (after - before) / 2).replace(second=0, microsecond=0)
                same = middle.astimezone(zone).utcoffset() == day.astimezone(zone).utcoffset()
                before, after = (middle, after) if same else (before, middle)
            edges.append(after)
        day += one
    return edges


def zone_of(key: str) -> tzinfo:
    zone = tz.gettz(key)
    assert zone is not None
    return zone


def visits_at(key: str) -> Iterator[Appointment]:
    for edge in clock_changes(key):
        for minutes in BEGINS:
            start = edge + timedelta(minutes=minutes)
            window = Window(start=start, end=start + timedelta(hours=1), time_zone=key)
            yield replace(samples.appointment(), window=window, confirmation=None, rescheduled_from=None)


def expected_time(at: datetime, zone: tzinfo, locale: str) -> str:
    """1:30 AM; of an hour that comes twice, which of the two: 1:30 AM EDT."""
    local = at.astimezone(zone)
    text = f"{local.hour}:{local:%M}" if locale == "ja" else f"{local.hour % 12 or 12}:{local:%M %p}"
    return f"{text} {local.tzname()}" if tz.datetime_ambiguous(local.replace(tzinfo=None), zone) else text


def expected_window(visit: Appointment, locale: str) -> str:
    """From when to when; what both times end in is said once."""
    zone, window = zone_of(visit.window.time_zone), visit.window
    first, last = expected_time(window.start, zone, locale), expected_time(window.end, zone, locale)
    day, last_day = (at.astimezone(zone).date() for at in (window.start, window.end))
    if day != last_day:
        named = f"{last_day:%b} {last_day.day}," if locale == "en" else f"{last_day.month}月{last_day.day}日"
        last = f"{named} {last}"
    elif " " in first and first.split()[1:] == last.split()[1:]:
        first = first.split()[0]
    return f"{first}〜{last}" if locale == "ja" else f"{first} – {last}"


def context(visit: Appointment, locale: str) -> PageContext:
    """A day before the visit, so that no day is called today."""
    customer, now = samples.customer(), visit.window.start - timedelta(days=9)
    return PageContext(
        business=replace(samples.business(), time_zone=visit.window.time_zone),
        locale=locale,
        now=now,
        path="/portal/x",
        as_of=now,
        customer=customer,
        contact=customer.contacts[0],
        origin=ORIGIN,
    )


def told_by_page(visit: Appointment, locale: str) -> tuple[str, str]:
    """The day, in ISO 8601, and the window."""
    html = pages.appointment(context(visit, locale), visit)
    (day,) = re.findall('<p class="date"><time datetime="([^"]+)"', html)
    (window,) = re.findall('<p class="window">(.*?)</p>', html, re.DOTALL)
    return day, plain(window)


def told_by_mail(visit: Appointment, locale: str) -> str:
    window = visit.window
    facts = AppointmentFacts(
        status="scheduled", service="X", start=window.start, end=window.end, time_zone=window.time_zone
    )
    style = MessageStyle.of(context(visit, locale).business, locale, ORIGIN)
    told = TellableVisit(visit.appointment_id, "visit_confirmed", facts, None, 1)
    news = VisitsNews(business_id=visit.business_id, visits=[told], now=window.start - timedelta(days=9))
    return plain(visits_email(style, news).html)


def told_by_calendar(visit: Appointment) -> tuple[datetime, datetime]:
    """Start and end as instants, the zone read from the file alone."""
    file = pages.visit_file(context(visit, "en"), CalendarVisit(visit, 1)).decode()
    (event,) = Calendar.from_ical(file).events
    own = tz.tzical(io.StringIO(file.replace("\r\n", "\n"))) if "VTIMEZONE" in file else None
    instants: list[datetime] = []
    for at in (event.DTSTART, event.DTEND):
        assert isinstance(at, datetime)
        if str(at.tzinfo) != "UTC":
            assert own
            at = at.replace(tzinfo=own.get(visit.window.time_zone), fold=0)  # noqa: PLW2901  # the same moment, by the file's own zone
        instants.append(at.astimezone(UTC))
    return instants[0], instants[1]


def plain(html: str) -> str:
    """Its words, each space a plain one, without what keeps them on a line."""
    words = unescape(_MARKUP.sub(" ", html)).replace("\u2060", "")
    return re.sub(r"[\s\u00a0\u202f]+", " ", words).strip()


@pytest.mark.parametrize("key", ZONES)
def test_page_mail_and_calendar_agree_with_dateutil_beside_both_changes_of_the_clocks(key: str) -> None:
    for visit in visits_at(key):
        day = visit.window.start.astimezone(zone_of(key)).date()
        for locale, in_mail in (
            ("en", f"{day:%A}, {day:%B} {day.day}"),
            ("ja", f"{day.month}月{day.day}日"),
        ):
            window = expected_window(visit, locale)
            assert told_by_page(visit, locale) == (day.isoformat(), window), visit.window
            mail = told_by_mail(visit, locale)
            assert in_mail in mail, visit.window
            assert window in mail, visit.window
        assert told_by_calendar(visit) == (visit.window.start, visit.window.end)


def test_every_zone_changes_its_clocks_twice_and_some_hour_comes_twice_in_each() -> None:
    assert len(set(ZONES)) == 30
    assert {key: len(clock_changes(key)) for key in ZONES} == dict.fromkeys(ZONES, 2)
    for key in ZONES:
        said = [expected_window(visit, "en") for visit in visits_at(key)]
        assert any(re.search(r" (?!AM|PM)[A-Z+-]\S+", window) for window in said), key
