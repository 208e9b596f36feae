"""What a page speaks with: the words and the formats of one reader, and what today is for them."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chassis.words.catalogue import Words, words
from chassis.words.formats import Formatter, locale_of

from portal_read.pages.context import PageContext

LOCALE_DIRECTORY: Final = Path(__file__).parent.parent / "locale"


def words_of(locale: str) -> Words:
    """The words of the pages in one of the portal's languages."""
    return words(LOCALE_DIRECTORY, "portal", locale)


@dataclass(frozen=True)
class Language:
    words: Words
    format: Formatter
    now: datetime

    @cached_property
    def today(self) -> date:
        """Today where the business is: what invoices are due by."""
        return self.today_in(self.format.zone)

    def today_in(self, zone: ZoneInfo) -> date:
        return self.now.astimezone(zone).date()

    def near_day(self, day: date, today: date) -> str | None:
        """Today, Tomorrow (in Japanese also the day after, あさって) and Yesterday in a word, else None."""
        away = (day - today).days
        if away == 0:
            return self.words.gettext("Today")
        if away == 1:
            return self.words.gettext("Tomorrow")
        if away == -1:
            return self.words.gettext("Yesterday")
        return "あさって" if away == 2 and self.format.japanese else None


def language_of(ctx: PageContext) -> Language:
    locale = locale_of(ctx.locale, ctx.business.country)
    return Language(words_of(ctx.locale), Formatter(locale, ZoneInfo(ctx.business.time_zone)), ctx.now)


@dataclass(frozen=True, slots=True)
class DayInWords:
    """`headline` is the largest word on the page, `date_line` the exact day below it."""

    headline: str
    date_line: str


def day_in_words(language: Language, day: date, today: date) -> DayInWords:
    """A weekday alone is unmistakable only within the coming six days; farther days are named by date."""
    show = language.format
    near, away = language.near_day(day, today), (day - today).days
    if show.japanese:
        weekday = show.weekday(day) if 2 < away < 7 else show.month_day(day)
        return DayInWords(near or weekday, show.with_weekday(day))
    if near:
        return DayInWords(near, show.with_weekday(day))
    if 1 < away < 7:
        return DayInWords(show.weekday(day), show.month_day(day))
    weekday = show.weekday(day)
    return DayInWords(show.month_day(day), weekday if day.year == today.year else f"{weekday}, {day.year}")
