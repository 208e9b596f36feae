"""Days and times around the present day, in the business's time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from servicehub_events import FormerWindow, Series, Window

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Calendar:
    """Everything is given in days from `today`: -1 is yesterday. Times are `H:MM`."""

    today: date
    time_zone: str

    def day(self, offset: int) -> date:
        """A calendar day."""
        return self.today + timedelta(days=offset)

    def at(self, offset: int, clock: str) -> datetime:
        """A moment, aware."""
        return datetime.combine(self.day(offset), _time(clock), ZoneInfo(self.time_zone))

    def window(self, offset: int, start: str, end: str) -> Window:
        """A window within one day."""
        return Window(start=self.at(offset, start), end=self.at(offset, end), time_zone=self.time_zone)

    def moved_from(self, offset: int, start: str, end: str, *, at: datetime) -> FormerWindow:
        """The window before a move, which was made at `at`."""
        return FormerWindow(start=self.at(offset, start), end=self.at(offset, end), at=at)

    def series(self, series_id: str, offset: int, weeks: int) -> Series:
        """Every so many weeks, on the weekday of that day."""
        rule = f"FREQ=WEEKLY;INTERVAL={weeks};BYDAY={_DAYS[self.day(offset).weekday()]}"
        return Series(id=series_id, rule=rule)

    def not_news(self, moments: Sequence[datetime | date]) -> datetime:
        """The latest of the moments, yet never after yesterday noon: seeding must tell nobody any news."""
        cap = self.at(-1, "12:00")
        return min(cap, max((self._moment(moment) for moment in moments), default=cap))

    def _moment(self, moment: datetime | date) -> datetime:
        if isinstance(moment, datetime):
            return moment
        return datetime.combine(moment, _time("9:00"), ZoneInfo(self.time_zone))


def _time(clock: str) -> time:
    hour, minute = clock.split(":")
    return time(int(hour), int(minute))
