"""A business without a logo has an icon too: its letter on its colour, until it sends a logo."""

from xml.etree import ElementTree as ET

import pytest
from branding.domain.letter_icon import letter_icon
from branding.domain.portal import decide, published_files
from chassis.words.colours import contrast
from hypothesis import example, given
from hypothesis import strategies as st
from servicehub_events import Business

from .branding_examples import after, revise, set_logo

TEXT, RECT = "{http://www.w3.org/2000/svg}text", "{http://www.w3.org/2000/svg}rect"
COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def parts(svg: str) -> tuple[ET.Element, ET.Element]:
    root = ET.fromstring(svg)
    rect, text = root.find(RECT), root.find(TEXT)
    assert rect is not None
    assert text is not None
    return rect, text


@pytest.mark.parametrize(
    ("name", "letter"),
    [("sparkle Home", "S"), ("ひかり清掃", "ひ"), ("<script>", "<"), ("&Co", "&"), ("e\u0301clat", "É")],
)
def test_the_letter_is_the_first_of_the_name_whatever_it_is(name: str, letter: str) -> None:
    assert parts(letter_icon(name, "#1e7b57"))[1].text == letter


@example("#ffffff")
@example("#000000")
@given(COLOURS)
def test_the_letter_is_read_and_the_icon_seen_on_white_whatever_the_colour(picked: str) -> None:
    rect, text = parts(letter_icon("S", picked))
    assert contrast(text.attrib["fill"], rect.attrib["fill"]) >= 4.5
    assert contrast(rect.attrib["stroke"], "#ffffff") >= 3


def icons_of(state: Business | None) -> list[str]:
    assert state is not None
    return [icon.url for icon in state.icons]


def test_a_business_without_a_logo_has_its_letter_and_the_file_is_published() -> None:
    (url,) = icons_of(after(revise()))
    assert url.startswith("/branding/hikari/icon-")
    assert url.endswith(".svg")
    assert url in [file.url("hikari") for file in published_files(revise())]


def test_the_letter_goes_with_the_logo_and_never_comes_back_over_one() -> None:
    with_logo = icons_of(after(revise(), set_logo()))
    assert all(url.endswith(".png") for url in with_logo)
    assert icons_of(after(revise(), set_logo(), revise(name="Another"))) == with_logo


def test_another_name_or_colour_is_another_letter_icon() -> None:
    urls = {icons_of(after(revise(**c)))[0] for c in ({}, {"name": "B"}, {"primary_colour": "#c94f16"})}
    assert len(urls) == 3


def test_a_moved_portal_takes_its_letter_along_and_a_second_put_changes_nothing() -> None:
    moved = after(revise(), revise(slug="hikari-tokyo"))
    assert icons_of(moved)[0].startswith("/branding/hikari-tokyo/icon-")
    assert decide(revise(slug="hikari-tokyo"), moved) == []
