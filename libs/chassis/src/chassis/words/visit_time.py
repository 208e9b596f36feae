"""When a visit is, as people count: its days, and the times of day worth saying. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from servicehub_events import ArrivalWindow, FormerWindow, WholeDays, Window

_ONE_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class VisitTime:
    """A window in the zone of its site. `whole_days` says that no time of day is promised."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    arrival: ArrivalWindow | None = None
    whole_days: WholeDays | None = None

    @classmethod
    def of(cls, window: Window) -> Self:
        """That of a visit."""
        zone = ZoneInfo(window.time_zone)
        return cls(window.start, window.end, zone, window.arrival, window.whole_days)

    @classmethod
    def before_the_move(cls, former: FormerWindow, zone: ZoneInfo) -> Self:
        """That of a visit before it was moved, in the zone of its site now."""
        return cls(former.start, former.end, zone, former.arrival, former.whole_days)

    @property
    def first_day(self) -> date:
        """The day on which it begins."""
        return self.start.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The last day, if it takes several; a visit that ends at midnight has no part of the day after."""
        if not (self.whole_days or self.span > _ONE_DAY):
            return self.first_day  # over midnight is one visit, not two days
        return max((self.end - _INSTANT).astimezone(self.zone).date(), self.first_day)

    @property
    def day_count(self) -> int:
        """How many calendar days it takes."""
        return (self.last_day - self.first_day).days + 1

    @property
    def span(self) -> timedelta:
        """From start to end as time passes, the clock change counted."""
        return timedelta(seconds=self.end.timestamp() - self.start.timestamp())
