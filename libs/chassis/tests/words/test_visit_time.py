"""How many days a visit takes, as people count them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from chassis.words.visit_time import VisitTime
from servicehub_events import WholeDays

ZONE = ZoneInfo("America/New_York")


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "end", "whole_days", "days"),
    [
        (at(2, 9), at(2, 17), None, 1),
        (at(2, 22), at(3, 6), None, 1),  # a night is one visit
        (at(2, 9), at(3, 9), None, 1),  # as long as a day, and not longer
        (at(2, 9), at(3, 9, 1), None, 2),
        (at(2, 9), at(6, 18), None, 5),  # 105 hours
        (at(2, 9), at(7, 0), None, 5),
        (at(2, 0), at(3, 0), "all_day", 1),
        (at(2, 8), at(2, 18), "any_time", 1),
        (at(2, 0), at(5, 0), "all_day", 3),
        (at(2, 8), at(3, 6), "all_day", 2),
        (at(7, 9), at(8, 9, 30), None, 1),  # 23½ hours: the clock went forward
    ],
)
def test_a_visit_takes_the_days_that_people_count(
    start: datetime, end: datetime, whole_days: WholeDays | None, days: int
) -> None:
    assert VisitTime(start, end, ZONE, whole_days=whole_days).day_count == days


def test_days_are_those_of_the_site() -> None:
    time = VisitTime(at(2, 20), at(4, 20), ZoneInfo("Asia/Tokyo"), whole_days="all_day")
    assert (time.first_day.day, time.last_day.day) == (3, 5)
