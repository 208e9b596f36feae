"""Money, days and times in a message, as people of the language and country write them (CLDR by Babel).

Inside one of them every space is a no-break space, so that none breaks in two.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency
from servicehub_events.money import to_decimal

_NBSP = "\u00a0"
_SPACES = str.maketrans({" ": _NBSP, "\u202f": _NBSP, "\u2009": _NBSP})


@cache
def cldr_locale(locale: str, country: str) -> Locale:
    """The locale of the business's country where CLDR has one (en-GB), else of the language alone."""
    try:
        return Locale.parse(f"{locale}_{country}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(locale)


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
        amount: Decimal = to_decimal(minor, currency)
        text = format_currency(amount, currency, locale=self.locale).replace("￥", "¥")
        if text.startswith(currency) and text[3:4].isdigit():
            text = f"{currency} {text[3:]}"
        return text.translate(_SPACES)

    def day(self, day: date) -> str:
        """Wednesday, November 25, 2026; 2026年11月25日(水)."""
        if self.japanese:
            return self._japanese_day(day, "y年M月d日")
        return format_date(day, "full", locale=self.locale).translate(_SPACES)

    def short_day(self, day: date) -> str:
        """Wed, Nov 25; 11月25日(水)."""
        if self.japanese:
            return self._japanese_day(day, "M月d日")
        return format_skeleton("MMMEd", day, locale=self.locale).translate(_SPACES)

    def window(self, start: datetime, end: datetime, zone: ZoneInfo) -> str:
        """9:00 – 11:00 AM; 10:00 AM – 12:00 PM; 9:00〜11:00. An end on another day names that day."""
        start, end = start.astimezone(zone), end.astimezone(zone)
        first, last = self.time(start), self.time(end)
        if end.date() != start.date():
            last = f"{self.short_day(end.date())}{_NBSP}{last}"
        elif _NBSP in first and first.split(_NBSP)[1:] == last.split(_NBSP)[1:]:
            first = first.split(_NBSP)[0]
        return f"{first}〜{last}" if self.japanese else f"{first}{_NBSP}–{_NBSP}{last}"

    def time(self, moment: datetime) -> str:
        """9:00 AM; 9:00."""
        return format_time(moment, "short", tzinfo=moment.tzinfo, locale=self.locale).translate(_SPACES)

    def _japanese_day(self, day: date, pattern: str) -> str:
        weekday = format_date(day, "EEE", locale=self.locale)
        return f"{format_date(day, pattern, locale=self.locale)}({weekday})"
