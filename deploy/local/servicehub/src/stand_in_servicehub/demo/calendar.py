"""Days and times around the present day, in words. What cannot be understood is a ValueError."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from servicehub_events import Series

_NAMED = {"today": 0, "tomorrow": 1, "yesterday": -1}
_COUNTED = re.compile(r"in (\d+) days?|(\d+) days? ago")
_REPEATS = re.compile(r"(.+), every (?:(\d+) weeks|week)")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Calendar:
    """What "in 3 days" and "9:00" are, seen from `today` in a time zone."""

    today: date
    time_zone: str

    def day(self, words: str) -> date:
        """`today`, `tomorrow`, `yesterday`, `in 3 days` or `3 days ago`."""
        if words in _NAMED:
            return self.today + timedelta(days=_NAMED[words])
        if match := _COUNTED.fullmatch(words):
            return self.today + timedelta(days=int(match[1] or 0) - int(match[2] or 0))
        raise ValueError(f"{words!r} is no day: write today, tomorrow, yesterday, in 3 days, or 3 days ago")

    def moment(self, words: str) -> datetime:
        """`yesterday, 8:20`."""
        day, _, clock = words.rpartition(", ")
        if not (match := _CLOCK.fullmatch(clock)):
            raise ValueError(f"{clock!r} is no time: write it like 9:30 or 14:00")
        return datetime.combine(self.day(day), time(int(match[1]), int(match[2])), ZoneInfo(self.time_zone))

    def window(self, words: str, until: str | None = None) -> tuple[datetime, datetime]:
        """`tomorrow, 9:00-11:00`; with `until` it ends on that day."""
        day, _, clocks = words.rpartition(", ")
        start, dash, end = clocks.partition("-")
        if not dash:
            raise ValueError(f"{clocks!r} is no window: write it like 9:00-11:00")
        return self.moment(f"{day}, {start}"), self.moment(f"{until or day}, {end}")

    def series(self, words: str, day: str) -> Series:
        """`series-1, every 2 weeks`, on the weekday of that day."""
        if not (match := _REPEATS.fullmatch(words)):
            raise ValueError(f"{words!r} does not repeat: write it like series-1, every 2 weeks")
        weekday = f"{self.day(day):%a}".upper()[:2]
        return Series(id=match[1], rule=f"FREQ=WEEKLY;INTERVAL={match[2] or 1};BYDAY={weekday}")

    def not_news(self, moments: Sequence[datetime]) -> datetime:
        """The latest of the moments, yet never after yesterday noon: seeding must tell nobody any news."""
        return min(self.moment("yesterday, 12:00"), max(moments))
