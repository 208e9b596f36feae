"""A mail's colours: whatever one colour the business picked, its button is seen and its text is read."""

import re
from datetime import timedelta

import pytest
from chassis.words.colours import contrast
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from notifier.messages.brand import brand_of
from notifier.messages.sign_in_code import code_email
from notifier.messages.style import MessageStyle
from notifier.messages.visits import visits_email
from servicehub_events import Colours, Logo
from servicehub_events_tools.testing import samples
from visit_samples import visit_facts, visit_news

DAY_CARD, NIGHT_CARD = "#ffffff", "#1d2023"
PICKED = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
_BUTTON = re.compile(r'class="act" style="([^"]+)"><a class="act-text"[^>]* style="([^"]+)"')
_DAY = {"fill": r"background:(#\w{6})", "edge": r"border:\d+px solid (#\w{6})"}
_NIGHT = re.compile(
    r"\.act \{ background: (?P<fill>#\w{6}) !important; border-color: (?P<edge>#\w{6}) !important; \}\s+"
    r"\.act-text \{ color: (?P<on>#\w{6}) !important; \}"
)


def mail_of(picked: str) -> str:
    """A mail with a button, of a business that picked this colour."""
    business = replace(samples.business(), colours=Colours(primary=picked))
    style = MessageStyle.of(business, "en", "https://portal.example.com")
    return visits_email(style, visit_news("visit_confirmed", visit_facts())).html


def button_by_day(html: str) -> dict[str, str]:
    button = _BUTTON.search(html)
    assert button is not None
    cell, text = button.groups()
    colours = {name: re.search(pattern, cell) for name, pattern in _DAY.items()}
    colours["on"] = re.search(r"color:(#\w{6})", text)
    return {name: match.group(1) for name, match in colours.items() if match}


def button_at_night(html: str) -> dict[str, str]:
    button = _NIGHT.search(html)
    assert button is not None
    return button.groupdict()


@example("#ffffff")
@example("#ffd400")
@example("#000000")
@example("#1d2023")
@given(PICKED)
def test_whatever_the_colour_a_button_is_seen_and_read_by_day_and_at_night(picked: str) -> None:
    html = mail_of(picked)
    for button, card in ((button_by_day(html), DAY_CARD), (button_at_night(html), NIGHT_CARD)):
        assert contrast(button["on"], button["fill"]) >= 4.5
        assert contrast(button["edge"], card) >= 3


@example("#ffffff")
@example("#000000")
@given(PICKED)
def test_whatever_the_colour_the_line_above_a_mail_is_seen(picked: str) -> None:
    html = mail_of(picked)
    by_day = re.search(r"border-top:4px solid (#\w{6})", html)
    at_night = re.search(r"\.card \{[^}]*border-top-color: (#\w{6})", html)
    assert by_day is not None
    assert at_night is not None
    assert contrast(by_day.group(1), "#f4f5f6") >= 3
    assert contrast(at_night.group(1), "#121416") >= 3


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((512, 51), (224, 22)),
        ((512, 184), (122, 44)),
        ((512, 512), (44, 44)),
        ((160, 512), (14, 44)),
        ((64, 24), (64, 24)),
    ],
)
def test_a_logo_keeps_its_shape_within_the_narrowest_mail(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    logo = Logo(url="/logo.webp", width=size[0], height=size[1])
    business = replace(samples.business(), logo=logo, mail_logo_url="/mail-logo.png")
    html = code_email(
        "en", brand_of(business, "https://portal.example.com"), "012345", timedelta(minutes=10), "10:42"
    ).html
    assert f'width="{shown[0]}" height="{shown[1]}"' in html
