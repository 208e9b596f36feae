"""The preview shows each kind of message in each language, and is no part of what is deployed."""

import pathlib
from html import escape

import pytest
from chassis.words.languages import LOCALES
from message_page import index_page, listed, page_at
from message_samples import CODES, SAMPLES, style_of
from notifier.domain.kinds import KINDS
from notifier.messages import sms

TWO_PARTS = ("sign_in_code:long", "autopay_notice", "autopay_declined")
"""In Japanese: links are long, and what was said before them can't be left out."""
SOURCES = pathlib.Path(__file__).parents[1] / "src"


def test_every_kind_has_a_sample_and_no_sample_is_of_no_kind() -> None:
    assert {name.partition(":")[0] for name in SAMPLES} == {*CODES, *KINDS}
    assert set(listed()) == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_is_shown_with_all_its_parts_in_each_language(name: str) -> None:
    status, page = page_at(f"/{name}")
    assert status == 200
    assert f'href="/{name}"' in index_page()
    for locale in LOCALES:
        message = SAMPLES[name](style_of(locale, name))
        assert escape(message.email.subject) in page
        assert escape(message.email.text) in page
        assert escape(message.text) in page
        assert "{" not in message.email.subject + message.email.text + message.text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_text_message_is_as_long_as_its_kind_may_be(name: str, locale: str) -> None:
    text = SAMPLES[name](style_of(locale)).text
    assert sms.is_one_part(text) or (locale == "ja" and name in TWO_PARTS)


def test_nothing_else_is_there() -> None:
    assert page_at("/nothing")[0] == 404


def test_nothing_that_is_deployed_knows_it() -> None:
    texts = [path.read_text() for path in SOURCES.rglob("*.py")]
    assert len(texts) > 50
    assert not [text for text in texts if "message_page" in text or "message_samples" in text]
