"""Money, days and times in a message, as people of the language and country write them."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from chassis.words import formats
from chassis.words.formats import NBSP, whole


@dataclass(frozen=True, slots=True)
class Formatter:
    """Writes in one locale."""

    locale: Locale

    @property
    def japanese(self) -> bool:
        """Whether days and windows follow Japanese custom."""
        return self.locale.language == "ja"

    def money(self, minor: int, currency: str) -> str:
        """5000 JPY → ¥5,000; 19598 USD → $195.98; 12345 KWD → KWD 12.345."""
        return formats.money(minor, currency, self.locale)

    def day(self, day: date) -> str:
        """Wednesday, November 25, 2026; 2026年11月25日(水)."""
        if self.japanese:
            return self._japanese_day(day, "y年M月d日")
        return whole(format_date(day, "full", locale=self.locale))

    def short_day(self, day: date) -> str:
        """Wed, Nov 25; 11月25日(水)."""
        if self.japanese:
            return self._japanese_day(day, "M月d日")
        return whole(format_skeleton("MMMEd", day, locale=self.locale))

    def window(self, start: datetime, end: datetime, zone: ZoneInfo) -> str:
        """9:00 – 11:00 AM; 10:00 AM – 12:00 PM; 9:00〜11:00. An end on another day names that day."""
        start, end = start.astimezone(zone), end.astimezone(zone)
        first, last = self.time(start), self.time(end)
        if end.date() != start.date():
            last = f"{self.short_day(end.date())}{NBSP}{last}"
        elif NBSP in first and first.split(NBSP)[1:] == last.split(NBSP)[1:]:
            first = first.split(NBSP)[0]
        return f"{first}〜{last}" if self.japanese else f"{first}{NBSP}–{NBSP}{last}"

    def time(self, moment: datetime) -> str:
        """9:00 AM; 9:00."""
        return whole(format_time(moment, "short", tzinfo=moment.tzinfo, locale=self.locale))

    def _japanese_day(self, day: date, pattern: str) -> str:
        weekday = format_date(day, "EEE", locale=self.locale)
        return f"{format_date(day, pattern, locale=self.locale)}({weekday})"
