"""Every word of a paper is there in every language, and says something else than English does."""

import re
from pathlib import Path

import papers
import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from chassis.words.catalogue import catalogue_path
from chassis.words.languages import LOCALES, SOURCE_LOCALE
from papers.language import LOCALE_DIRECTORY

TRANSLATED = [locale for locale in LOCALES if locale != SOURCE_LOCALE]
PACKAGE = Path(papers.__file__).parent


def said() -> set[str]:
    """Every message of the sources."""
    keywords = {"say": None, "N_": None}
    found = extract_from_dir(PACKAGE, method_map=[("**.py", "python")], keywords=keywords)
    return {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}


def translations(locale: str) -> dict[str, str]:
    with catalogue_path(LOCALE_DIRECTORY, "papers", locale).open("rb") as source:
        return {str(message.id): text(message) for message in read_po(source, locale=locale) if message.id}


def text(message: Message) -> str:
    return message.string if isinstance(message.string, str) else ""


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_message_is_translated_and_no_other(locale: str) -> None:
    assert {key for key, value in translations(locale).items() if value} == said()


@pytest.mark.parametrize("locale", TRANSLATED)
def test_no_translation_is_its_source(locale: str) -> None:
    assert [key for key, value in translations(locale).items() if key == value] == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_has_the_values_of_its_message(locale: str) -> None:
    values = re.compile(r"\{(\w+)\}")
    for message, translation in translations(locale).items():
        assert set(values.findall(message)) == set(values.findall(translation)), message
