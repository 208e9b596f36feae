"""Visits in a calendar: what an entry says, and what it keeps to itself."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from msgspec import structs
from page_samples import NEXT, SPARKLE_SEASON, US_CONTEXT, in_locale, ny, us_visit
from page_samples_japan import HIKARI_SEASON
from portal_read import pages
from portal_read.pages import CalendarVisit, PageContext
from portal_testing.read_calendar import CalendarEntry, entries_of, zones_of
from rendered import Page
from servicehub_events import Appointment, Cancellation, WholeDays, Window

CONTEXT = replace(US_CONTEXT, origin="https://portal.example")


def entry(visit: Appointment, version: int = 3, ctx: PageContext = CONTEXT) -> CalendarEntry:
    (only,) = entries_of(pages.visit_file(ctx, CalendarVisit(visit, version)))
    return only


def test_an_entry_says_what_when_where_and_who_and_leads_to_the_page() -> None:
    event = entry(NEXT)
    assert event.title == "Regular cleaning · Sparkle Home"
    assert (event.start, event.end) == (NEXT.window.start, NEXT.window.end)
    assert event.zone == "America/New_York"
    assert event.place == "120 Maple Street, Brooklyn"
    assert "Who comes: Maria Reyes" in event.text
    assert event.url == "https://portal.example/portal/sparkle-home/appointments/a-1"
    assert (event.status, event.transparency) == ("CONFIRMED", "OPAQUE")


def test_an_entry_never_holds_the_instructions() -> None:
    visit = structs.replace(NEXT, instructions="Key box 4711")
    assert b"4711" not in pages.visit_file(CONTEXT, CalendarVisit(visit, 1))


def test_an_entry_keeps_its_id_wherever_the_portal_is_and_its_sequence_rises() -> None:
    first, moved = entry(NEXT, 3), entry(NEXT, 4, replace(CONTEXT, origin="https://visits.example"))
    assert first.uid == moved.uid
    assert first.sequence < moved.sequence
    assert entry(structs.replace(NEXT, business_id="b-other")).uid != first.uid
    assert entry(structs.replace(NEXT, appointment_id="a-other")).uid != first.uid
    assert entry(NEXT, 2**63 - 1).sequence == 2**31 - 1


@pytest.mark.parametrize(
    ("changes", "status", "title"),
    [
        ({"status": "cancelled"}, "CANCELLED", "Cancelled: Regular cleaning"),
        ({"status": "missed"}, "CANCELLED", "Did not take place: Regular cleaning"),
        ({"confirmation": "on_hold"}, "CANCELLED", "On hold: Regular cleaning"),
        ({"confirmation": "pending"}, "TENTATIVE", "Regular cleaning"),
        ({"status": "completed"}, "CONFIRMED", "Regular cleaning"),
    ],
)
def test_what_is_called_off_says_so_in_status_and_title(
    changes: dict[str, str], status: str, title: str
) -> None:
    event = entry(structs.replace(NEXT, **changes))
    assert event.status == status
    assert event.title.startswith(title)
    assert event.transparency == ("TRANSPARENT" if status == "CANCELLED" else "OPAQUE")


@pytest.mark.parametrize(("whole_days", "transparency"), [("all_day", "OPAQUE"), ("any_time", "TRANSPARENT")])
def test_a_visit_without_a_time_of_day_takes_its_days(whole_days: WholeDays, transparency: str) -> None:
    window = Window(start=ny(11, 24), end=ny(11, 26, 18), time_zone="America/New_York", whole_days=whole_days)
    event = entry(structs.replace(NEXT, window=window))
    assert (event.start, event.end) == (date(2026, 11, 24), date(2026, 11, 27))
    assert event.transparency == transparency
    assert zones_of(pages.visit_file(CONTEXT, CalendarVisit(structs.replace(NEXT, window=window), 1))) == []


def test_a_visit_of_several_days_spans_them() -> None:
    window = structs.replace(NEXT.window, end=ny(11, 26, 17))
    event = entry(structs.replace(NEXT, window=window))
    assert (event.start, event.end) == (ny(11, 24, 10), ny(11, 26, 17))


def test_a_feed_keeps_what_was_cancelled_and_names_each_zone_once() -> None:
    off = structs.replace(
        us_visit("a-9", ny(12, 1, 10), 2, "cancelled"),
        cancellation=Cancellation(at=datetime(2026, 11, 19, tzinfo=UTC)),
    )
    west = structs.replace(
        NEXT, appointment_id="a-8", window=structs.replace(NEXT.window, time_zone="America/Denver")
    )
    file = pages.visit_feed(CONTEXT, [CalendarVisit(visit, 1) for visit in (NEXT, off, west)])
    assert b"X-WR-CALNAME:Sparkle Home" in file
    assert zones_of(file) == ["America/Denver", "America/New_York"]
    assert [event.status for event in entries_of(file)] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]


def test_an_empty_feed_is_a_calendar() -> None:
    assert entries_of(pages.visit_feed(CONTEXT, [])) == []


def test_an_entry_speaks_the_language_of_the_pages() -> None:
    season = in_locale(HIKARI_SEASON, "ja")
    event = entry(season.upcoming[0], 1, replace(season.ctx, origin="https://portal.example"))
    assert "担当：" in event.text


def test_a_visit_that_is_ahead_can_be_added_to_four_calendars() -> None:
    page = Page(pages.appointment(CONTEXT, NEXT))
    links = page.all("a", "href")
    assert links.count("/portal/sparkle-home/appointments/a-1/visit.ics") == 2
    (google,) = (link for link in links if link.startswith("https://calendar.google.com/"))
    (outlook,) = (link for link in links if link.startswith("https://outlook.live.com/"))
    assert "dates=20261124T150000Z%2F20261124T170000Z" in google
    assert "startdt=2026-11-24T15%3A00%3A00Z" in outlook


def test_a_visit_that_is_over_or_off_is_added_to_none() -> None:
    for visit in (*SPARKLE_SEASON.past, structs.replace(NEXT, confirmation="on_hold")):
        assert "visit.ics" not in pages.appointment(CONTEXT, visit)
