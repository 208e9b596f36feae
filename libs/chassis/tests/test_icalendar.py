"""Calendar files, read back by others: icalendar reads the properties, dateutil the clocks of a zone."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from chassis.words import icalendar
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st
from portal_testing.read_calendar import entries_of

ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage"),
    *("America/Phoenix", "America/Halifax", "America/St_Johns", "America/Sao_Paulo", "America/Santiago"),
    *("America/Havana", "America/Asuncion", "Europe/London", "Europe/Dublin", "Europe/Lisbon"),
    *("Europe/Berlin", "Europe/Athens", "Europe/Istanbul", "Europe/Chisinau", "Africa/Cairo"),
    *("Africa/Casablanca", "Asia/Tokyo", "Asia/Beirut", "Asia/Jerusalem", "Asia/Kathmandu"),
    *("Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Honolulu"),
)
NEAR = (-7200, -3601, -3600, -1800, -1, 0, 1, 1799, 1800, 3599, 3600, 7200)
"""Seconds from a change of the clocks."""


def edges(zone: ZoneInfo, year: int) -> Iterator[datetime]:
    """The hour in which the clocks of a zone change, looked for by themselves; without any, some midnight."""
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(366 * 24)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    changes = [hours[n] for n in range(1, len(hours)) if offsets[n] != offsets[n - 1]]
    yield from changes or [datetime(year, 6, 1, tzinfo=UTC)]


def read_by_others(written: bytes, key: str) -> datetime:
    """The instant of DTSTART, its zone read from the file alone."""
    (entry,) = entries_of(written)
    assert isinstance(entry.start, datetime)
    if entry.zone == "UTC":
        return entry.start
    zone = tzical(io.StringIO(written.decode().replace("\r\n", "\n"))).get(key)
    return entry.start.replace(tzinfo=zone, fold=0).astimezone(UTC)


@pytest.mark.parametrize("key", ZONES)
def test_a_moment_beside_a_change_of_the_clocks_is_read_as_it_was_meant(key: str) -> None:
    zone = ZoneInfo(key)
    for edge in edges(zone, 2026):
        for seconds in NEAR:
            at = edge + timedelta(seconds=seconds)
            event = icalendar.component("VEVENT", [icalendar.moment("DTSTART", at, zone)])
            lines = (*icalendar.time_zone(zone, 2026, 2026), *event)
            written = icalendar.written(icalendar.component("VCALENDAR", lines))
            assert read_by_others(written, key) == at, (edge, seconds)


def test_there_are_zones_whose_clocks_change_and_others() -> None:
    changing = [key for key in ZONES if len(list(edges(ZoneInfo(key), 2026))) > 1]
    assert len(set(ZONES)) == 30
    assert 15 < len(changing) < 30


def test_a_zone_is_true_in_the_first_and_the_last_of_its_years() -> None:
    zone = ZoneInfo("Europe/Berlin")
    lines = icalendar.time_zone(zone, 2024, 2028)
    read = tzical(io.StringIO("\n".join(lines))).get(zone.key)
    for year in range(2024, 2029):
        for month in range(1, 13):
            at = datetime(year, month, 1, 12, tzinfo=zone)
            assert at.replace(tzinfo=read).utcoffset() == at.utcoffset()


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")) | st.just("\n"), max_size=200))
def test_text_is_read_back_as_it_was(text: str) -> None:
    lines = icalendar.component(
        "VEVENT", [icalendar.day("DTSTART", date(2026, 11, 24)), icalendar.text("SUMMARY", text)]
    )
    written = icalendar.written(icalendar.component("VCALENDAR", lines))
    assert all(len(line) <= 75 and line.decode() is not None for line in written.split(b"\r\n"))
    (entry,) = entries_of(written)
    assert entry.title == text


@pytest.mark.parametrize("end", ["\r", "\r\n", "\x0b", "\x1c", "\x85", "\u2028", "\x00"])
def test_no_text_can_end_its_line(end: str) -> None:
    line = icalendar.text("SUMMARY", f"Cleaning{end}ATTENDEE:mailto:a@mail.example")
    assert line.splitlines() == [line]
