"""The words of messages, and the language somebody is written to in."""

from pathlib import Path
from typing import Final

from chassis.words.catalogue import Words, words
from chassis.words.languages import LOCALES, SOURCE_LOCALE, offered_locale

LOCALE_DIRECTORY: Final = Path(__file__).parent.parent / "locale"


def words_of(locale: str) -> Words:
    """The words of the messages in one of the portal's languages."""
    return words(LOCALE_DIRECTORY, "notifier", locale)


def language_for(*tags: str) -> str:
    """The first of these BCP 47 tags whose language we speak, as one of `LOCALES`; else English."""
    return offered_locale(tags, LOCALES) or SOURCE_LOCALE
