"""The words of messages: English is the source text, other languages are gettext catalogues.

The `.po` files are what is checked in and what is read: they are compiled in memory once a process.
"""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LOCALE = "en"
LOCALES = ("en", "ja")
CATALOGUES = Path(__file__).parent.parent / "locale"


class Words:
    """The messages of one language. Values go in by name: `gettext("Call {phone}", phone=…)`."""

    def __init__(self, locale: str, translations: gettext.NullTranslations) -> None:
        self.locale = locale
        self._translations = translations

    def gettext(self, message: str, **values: str) -> str:
        return self._translations.gettext(message).format_map(values)

    def ngettext(self, singular: str, plural: str, n: int, **values: str) -> str:
        """`{n}` in the message is the number."""
        return self._translations.ngettext(singular, plural, n).format_map({"n": str(n), **values})


def catalogue_of(locale: str) -> Path:
    """The `.po` file of a language other than the source's."""
    return CATALOGUES / locale / "LC_MESSAGES" / "notifier.po"


@cache
def words(locale: str) -> Words:
    """The messages of one of `LOCALES`. Raises FileNotFoundError for any other language."""
    if locale == SOURCE_LOCALE:
        return Words(locale, gettext.NullTranslations())
    compiled = BytesIO()
    with catalogue_of(locale).open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return Words(locale, gettext.GNUTranslations(compiled))


def language_for(*tags: str) -> str:
    """The first of these BCP 47 tags whose language we speak, as one of `LOCALES`; else English."""
    languages = (tag.partition("-")[0].lower() for tag in tags)
    return next((language for language in languages if language in LOCALES), SOURCE_LOCALE)
