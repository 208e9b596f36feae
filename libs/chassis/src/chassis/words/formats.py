"""How people of a language and country write things (CLDR by Babel): the same on a page and in a mail.

Inside an amount, a time or a date every space is a no-break space, so that none of them breaks in two.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from babel.numbers import NumberPattern, format_decimal, format_percent, parse_pattern
from servicehub_events.money import exponent, to_decimal

NBSP = "\u00a0"
_SPACES = str.maketrans({" ": NBSP, "\u202f": NBSP, "\u2009": NBSP})
_BLANKS = " \u2009\u202f"
_RANGE = re.compile("[–～〜]")
_DECIMALS = re.compile(r"\.0+")

# A page asks for the same days and times again and again, and its next reader for the same ones.
_remembered = lru_cache(maxsize=4096)


@cache
def locale_of(language: str, country: str) -> Locale:
    """The locale of the business's country where CLDR has one (en-GB), else of the language alone."""
    try:
        return Locale.parse(f"{language}_{country}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)


def whole(text: str) -> str:
    """The text, unbreakable."""
    return text.translate(_SPACES)


@dataclass(frozen=True, slots=True)
class Formatter:
    """`zone` is the business's own time zone, for stamps and invoices; visits bring theirs along."""

    locale: Locale
    zone: ZoneInfo

    @property
    def japanese(self) -> bool:
        """Whether days, windows and lists follow Japanese custom."""
        return self.locale.language == "ja"

    @_remembered
    def money(self, minor: int, currency: str) -> str:
        """5000 JPY → ¥5,000; 19598 USD → $195.98; 12345 KWD → KWD 12.345; a negative has a real minus sign.

        Every decimal that can be charged is shown: CLDR would round dinars and ariary to whole ones.
        """
        amount = to_decimal(abs(minor), currency)
        pattern = _pattern(self.locale, exponent(currency))
        text = pattern.apply(amount, self.locale, currency=currency, currency_digits=False).replace("￥", "¥")
        if text.startswith(currency) and text[3:4].isdigit():
            text = f"{currency} {text[3:]}"
        return ("−" if minor < 0 else "") + whole(text)

    @_remembered
    def percent(self, rate: str) -> str:
        """A rate as a decimal string of per cent, "8.875" → 8.875%."""
        value = Decimal(rate).scaleb(-2)
        return format_percent(value, locale=self.locale, decimal_quantization=False)

    @_remembered
    def number(self, value: str) -> str:
        """A decimal string, "2.50" → 2.5."""
        return format_decimal(Decimal(value), locale=self.locale, decimal_quantization=False)

    def names(self, names: list[str]) -> str:
        """Maria, Devon, and Ken; 佐藤 健一・鈴木 美咲."""
        return "・".join(names) if self.japanese else format_list(names, locale=self.locale)

    # Dates
    @_remembered
    def month(self, day: date) -> str:
        """November 2026; 2026年11月."""
        return whole(format_skeleton("yMMMM", day, locale=self.locale))

    @_remembered
    def weekday(self, day: date) -> str:
        """Tuesday; 火曜日."""
        return format_date(day, "EEEE", locale=self.locale)

    @_remembered
    def month_day(self, day: date) -> str:
        """November 24; 11月24日."""
        return whole(format_skeleton("MMMMd", day, locale=self.locale))

    @_remembered
    def short(self, day: date) -> str:
        """Nov 24; 11月24日."""
        return whole(format_skeleton("MMMd", day, locale=self.locale))

    @_remembered
    def full(self, day: date) -> str:
        """November 24, 2026; 2026年11月24日."""
        return whole(format_date(day, "long", locale=self.locale))

    @_remembered
    def with_weekday(self, day: date) -> str:
        """Tuesday, November 24; 2026年11月24日(火)."""
        if self.japanese:
            return self.full_with_weekday(day)
        return f"{self.weekday(day)}, {self.month_day(day)}"

    @_remembered
    def full_with_weekday(self, day: date) -> str:
        """Tuesday, November 24, 2026; 2026年11月24日(火)."""
        if self.japanese:
            return format_date(day, "y年M月d日(EEE)", locale=self.locale)
        return whole(format_date(day, "full", locale=self.locale))

    @_remembered
    def short_with_weekday(self, day: date, *, year: bool = False) -> str:
        """Tue, Nov 24; 11月24日(火)."""
        return whole(format_skeleton("yMMMEd" if year else "MMMEd", day, locale=self.locale))

    @_remembered
    def days(self, first: date, last: date, *, year: bool = False) -> str:
        """Mon, Mar 2 – Wed, Mar 4; 3月2日(月)〜4日(水). It breaks after the dash alone."""
        text = format_interval(first, last, "yMMMEd" if year else "MMMEd", locale=self.locale)
        parts = [whole(part.strip(_BLANKS)) for part in _RANGE.split(text, maxsplit=1)]
        return ("〜" if self.japanese else f"{NBSP}– ").join(parts)

    def in_year(self, day: date, today: date) -> str:
        """A short day, with its year only when that is not this year."""
        if day.year == today.year:
            return self.short(day)
        return whole(format_date(day, "medium" if not self.japanese else "long", locale=self.locale))

    # Times
    def time(self, moment: datetime, zone: ZoneInfo | None = None) -> str:
        """10:00 AM; 10:00. In the hour that autumn repeats, which of the two: 1:30 AM EDT."""
        local = moment.astimezone(zone or self.zone)
        text = self._clock(local.hour, local.minute)
        return f"{text}{NBSP}{local.tzname()}" if _comes_twice(local) else text

    @_remembered
    def _clock(self, hour: int, minute: int) -> str:
        """Of numbers: two moments of an hour that comes twice are equal, and so no key."""
        return whole(format_time(time(hour, minute), "short", locale=self.locale))

    def stamp(self, moment: datetime, zone: ZoneInfo | None = None) -> str:
        """Nov 18, 4:12 PM; 11月18日 16:12."""
        local = moment.astimezone(zone or self.zone)
        separator = NBSP if self.japanese else f",{NBSP}"
        return f"{self.short(local.date())}{separator}{self.time(local, zone)}"

    def full_stamp(self, moment: datetime) -> str:
        """November 20, 2026, 10:44 AM; 2026年11月20日 10:44."""
        local = moment.astimezone(self.zone)
        separator = NBSP if self.japanese else ", "
        return f"{self.full(local.date())}{separator}{self.time(local)}"

    def window(self, start: datetime, end: datetime, zone: ZoneInfo) -> str:
        """10:00 AM – 12:00 PM, 1:00 – 3:00 PM; 10:00〜12:00. An end on another day names that day."""
        first, last = self.start_and_end(start, end, zone)
        return f"{first}〜{last}" if self.japanese else f"{first} – {last}"

    def start_and_end(self, start: datetime, end: datetime, zone: ZoneInfo) -> tuple[str, str]:
        """10:00 AM and 12:00 PM, 1:00 and 3:00 PM. An end on another day names that day."""
        first, last = self.time(start, zone), self.time(end, zone)
        if end.astimezone(zone).date() != start.astimezone(zone).date():
            last = self.stamp(end, zone)
        elif NBSP in first and first.split(NBSP)[1:] == last.split(NBSP)[1:]:
            first = first.split(NBSP)[0]
        return first, last

    @_remembered
    def hour(self, hour: int) -> str:
        """A mark on the day rail: 8 AM; 8時."""
        if self.japanese:
            return f"{hour}時"
        moment = datetime(2000, 1, 1, hour % 24, tzinfo=self.zone)
        if NBSP not in self.time(moment):
            return self.time(moment)
        return whole(format_skeleton("h", moment, locale=self.locale))

    @_remembered
    def place_of_zone(self, zone: ZoneInfo) -> str:
        """New York; 東京."""
        return get_timezone_location(zone, locale=self.locale, return_city=True)


def _comes_twice(local: datetime) -> bool:
    """Whether clocks show this time twice, as they are put back."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@cache
def _pattern(locale: Locale, decimals: int) -> NumberPattern:
    usual = locale.currency_formats["standard"].pattern
    return parse_pattern(_DECIMALS.sub("." + "0" * decimals if decimals else "", usual))
