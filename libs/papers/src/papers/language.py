"""What a paper speaks with: the words and formats of its language and of the business's country."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chassis.words.catalogue import Words, words
from chassis.words.formats import Formatter, locale_of

from papers.values import PaperOf

LOCALE_DIRECTORY: Final = Path(__file__).parent / "locale"


def words_of(locale: str) -> Words:
    """The words of papers in one of the portal's languages."""
    return words(LOCALE_DIRECTORY, "papers", locale)


@dataclass(frozen=True, slots=True)
class PaperLanguage:
    """Words and formats, and the country whose customs the paper follows."""

    words: Words
    format: Formatter
    country: str

    def say(self, message: str, /, **values: str) -> str:
        return self.words.gettext(message, **values)

    def day_of(self, moment: datetime) -> date:
        """The day it was where the business is."""
        return moment.astimezone(self.format.zone).date()

    def period(self, first: date, last: date | None) -> str:
        """November 1, 2026 – November 28, 2026; 2026年11月1日〜2026年11月28日."""
        if last is None or last == first:
            return self.format.full(first)
        dash = "〜" if self.format.japanese else " – "
        return f"{self.format.full(first)}{dash}{self.format.full(last)}"

    def joined(self, *parts: str | None) -> str:
        """What there is of these, with a dot between."""
        return " · ".join(part for part in parts if part)


def language_of(paper: PaperOf) -> PaperLanguage:
    """The language of a paper."""
    business = paper.business
    formatter = Formatter(locale_of(paper.locale, business.country), ZoneInfo(business.time_zone))
    return PaperLanguage(words_of(paper.locale), formatter, business.country)
