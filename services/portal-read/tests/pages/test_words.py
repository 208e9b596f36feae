"""A missing, fuzzy or unchanged string fails here, and so does a template that is older than its sources."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from chassis.words.catalogue import catalogue_path
from chassis.words.languages import LOCALES, SOURCE_LOCALE
from portal_read.pages.extraction import TEMPLATE, extracted, write_catalogues
from portal_read.pages.language import LOCALE_DIRECTORY, words_of

TRANSLATED = [locale for locale in LOCALES if locale != SOURCE_LOCALE]
REMEDY = "run `python -m portal_read.pages.extraction` and translate what is new"


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings(message: Message) -> tuple[str, ...]:
    found = message.string
    return (found,) if isinstance(found, str) else tuple(found or ("",))


def catalogue(locale: str, folder: Path = LOCALE_DIRECTORY) -> Catalog:
    with catalogue_path(folder, "portal", locale).open("rb") as source:
        return read_po(source, locale=locale)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_template_holds_what_the_sources_say_in_their_order() -> None:
    with TEMPLATE.open("rb") as source:
        written = [ids(message) for message in read_po(source) if message.id]
    assert written == [ids(message) for message in extracted() if message.id], REMEDY


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_string_is_translated(locale: str) -> None:
    translated = {ids(m): strings(m) for m in catalogue(locale) if m.id and not m.fuzzy and all(strings(m))}
    missing = {ids(message) for message in extracted() if message.id} - set(translated)
    assert not missing, REMEDY
    unchanged = [message for message, string in translated.items() if message[0] == string[0]]
    assert not unchanged


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_uses_no_value_that_the_message_does_not_have(locale: str) -> None:
    for message in catalogue(locale):
        known = placeholders(" ".join(ids(message))) | {"n"}
        if message.id:
            assert all(placeholders(string) <= known for string in strings(message)), message.id


def test_the_translations_are_what_pages_get() -> None:
    assert words_of("ja").gettext("Today") == "今日"
    assert words_of("ja").ngettext("{n} hour", "{n} hours", 2) == "2時間"
    assert words_of("en").ngettext("{n} hour", "{n} hours", 1) == "1 hour"


def test_a_new_language_begins_with_every_message_and_keeps_what_is_translated(tmp_path: Path) -> None:
    path = catalogue_path(tmp_path, "portal", "de")
    write_catalogues(tmp_path, ("en", "de"))
    assert [ids(m) for m in catalogue("de", tmp_path) if m.id] == [ids(m) for m in extracted() if m.id]
    path.write_text(path.read_text().replace('msgid "Today"\nmsgstr ""', 'msgid "Today"\nmsgstr "Heute"'))
    write_catalogues(tmp_path, ("en", "de"))
    assert 'msgid "Today"\nmsgstr "Heute"' in path.read_text()
