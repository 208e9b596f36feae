"""Words from a catalogue: translated, filled in by name, and escaped where they are markup."""

from pathlib import Path

import minijinja
import pytest
from chassis.words.catalogue import Words, catalogue_path, words

_CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Today"
msgstr "今日"

msgid "Call {phone}"
msgstr "お電話：{phone}"

msgid "{n} hour"
msgid_plural "{n} hours"
msgstr[0] "{n}時間"

msgid "<b>{names}</b> is coming"
msgid_plural "<b>{names}</b> are coming"
msgstr[0] "<b>{names}</b>が伺います"
"""
ENGLISH = words(Path("anywhere"), "test", "en")


@pytest.fixture
def japanese(tmp_path: Path) -> Words:
    catalogue = catalogue_path(tmp_path, "test", "ja")
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(_CATALOGUE, "utf-8")
    return words(tmp_path, "test", "ja")


def test_english_is_the_source_text_and_needs_no_catalogue() -> None:
    assert ENGLISH.gettext("Call {phone}", phone="1") == "Call 1"
    assert ENGLISH.ngettext("{n} hour", "{n} hours", 1) == "1 hour"
    assert ENGLISH.ngettext("{n} hour", "{n} hours", 2) == "2 hours"


def test_another_language_comes_from_its_catalogue_and_what_is_missing_there_stays_english(
    japanese: Words,
) -> None:
    assert japanese.gettext("Today") == "今日"
    assert japanese.gettext("Call {phone}", phone="03") == "お電話：03"
    assert japanese.ngettext("{n} hour", "{n} hours", 2) == "2時間"
    assert japanese.gettext("Tomorrow") == "Tomorrow"


def test_a_number_is_shown_as_it_was_formatted() -> None:
    assert ENGLISH.ngettext("{n} hour", "{n} hours", 1200, n="1,200") == "1,200 hours"


def test_rich_messages_escape_values_but_not_their_own_markup(japanese: Words) -> None:
    shown = japanese.nrich("<b>{names}</b> is coming", "<b>{names}</b> are coming", 1, names="<i>")
    assert shown == "<b>&lt;i&gt;</b>が伺います"
    assert ENGLISH.rich("<b>{name}</b>", name=minijinja.safe("<i>K</i>")) == "<b><i>K</i></b>"
    assert hasattr(shown, "__html__")


def test_a_message_without_a_value_that_it_names_is_an_error() -> None:
    with pytest.raises(KeyError):
        ENGLISH.gettext("Call {phone}")


def test_a_language_without_a_catalogue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        words(tmp_path, "test", "fr")
