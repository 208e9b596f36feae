"""Every word of every message is there in every language."""

import re
from collections.abc import Sequence

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from chassis.words.catalogue import catalogue_path
from chassis.words.languages import LOCALES, SOURCE_LOCALE
from notifier.messages.templates import LOCALE_DIRECTORY, TEMPLATES

_CALL = re.compile(r'(?:_|ngettext)\(("(?:[^"\\]|\\.)*"(?:, "(?:[^"\\]|\\.)*")?)')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FIELD = re.compile(r"\{\w+\}")
TRANSLATED = [locale for locale in LOCALES if locale != SOURCE_LOCALE]


def used() -> set[tuple[str, ...]]:
    """The source texts of all templates; a text with a plural is a pair."""
    calls = (
        call
        for path in TEMPLATES.glob("*/*")
        if path.suffix in (".txt", ".html")
        for call in _CALL.findall(path.read_text())
    )
    return {tuple(_QUOTED.findall(call)) for call in calls}


def catalogue(locale: str) -> Catalog:
    with catalogue_path(LOCALE_DIRECTORY, "notifier", locale).open("rb") as source:
        return read_po(source, locale=locale, abort_invalid=True)


def entries(locale: str) -> list[Message]:
    return [entry for entry in catalogue(locale) if entry.id]


def _texts(value: str | Sequence[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


@pytest.mark.parametrize("locale", TRANSLATED)
def test_the_catalogue_has_exactly_the_texts_of_the_templates(locale: str) -> None:
    assert len(used()) >= 50
    assert {_texts(entry.id) for entry in entries(locale)} == used()


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_text_is_translated_with_the_same_fields_and_for_good(locale: str) -> None:
    for entry in entries(locale):
        source, target = _texts(entry.id)[-1], _texts(entry.string)
        assert all(target), f"{source!r} is not translated"
        assert all(text != source for text in target), f"{source!r} is left in English"
        assert all(sorted(_FIELD.findall(text)) == sorted(_FIELD.findall(source)) for text in target), source
        assert not entry.fuzzy, f"{source!r} is only a guess"
