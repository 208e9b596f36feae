"""The words of pages and messages: English is the source text, other languages are gettext catalogues.

The `.po` files are what is checked in and what is read: they are compiled in memory once per process, so
there is no compiled file that could be older than its source.
"""

import gettext
import html
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

import minijinja
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from chassis.words.languages import SOURCE_LOCALE


def N_(message: str) -> str:  # noqa: N802 - the name gettext users know for "extract now, translate later"
    """Mark a message for extraction where it is defined; it is translated where it is shown."""
    return message


class Words:
    """The messages of one language. Values go in by name: `gettext("Call {phone}", phone=…)`.

    A message that names a value it is not given raises KeyError.
    """

    def __init__(self, locale: str, translations: gettext.NullTranslations) -> None:
        self.locale = locale
        self._translations = translations

    def gettext(self, message: str, /, **values: str) -> str:
        return self._translations.gettext(message).format_map(values)

    def ngettext(self, singular: str, plural: str, number: int, /, **values: str) -> str:
        """`{n}` in the message is the number unless a formatted `n` is given."""
        text = self._translations.ngettext(singular, plural, number)
        return text.format_map({"n": str(number), **values})

    def rich(self, message: str, /, **values: str) -> str:
        """A message with markup of our own; every value is escaped unless it is markup already."""
        return minijinja.safe(self.gettext(message, **_escaped(values)))

    def nrich(self, singular: str, plural: str, number: int, /, **values: str) -> str:
        return minijinja.safe(self.ngettext(singular, plural, number, **_escaped(values)))


def _escaped(values: Mapping[str, str]) -> dict[str, str]:
    return {name: markup(value) for name, value in values.items()}


def markup(value: str) -> str:
    """The value as HTML text; markup (what has `__html__`) passes unchanged."""
    return str(value) if hasattr(value, "__html__") else html.escape(value)


def catalogue_path(folder: Path, domain: str, locale: str) -> Path:
    """The `.po` file of a language other than the source's."""
    return folder / locale / "LC_MESSAGES" / f"{domain}.po"


@cache
def words(folder: Path, domain: str, locale: str) -> Words:
    """The messages of one of `LOCALES`. Raises FileNotFoundError for any other language."""
    if locale == SOURCE_LOCALE:
        return Words(locale, gettext.NullTranslations())
    compiled = BytesIO()
    with catalogue_path(folder, domain, locale).open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return Words(locale, gettext.GNUTranslations(compiled))
