"""Contrast on every ground that a page has, by day and at night: the tokens' own, and those of any brand."""

import re
from functools import cache

import pytest
from chassis.words.colours import contrast
from chassis.words.palette import palette
from hypothesis import example, given
from hypothesis import strategies as st
from portal_read.pages.assets import assets

TEXT, CONTROL = 4.5, 3.0
GROUNDS = ("paper", "raised", "sunken")
NOTICES = ("calm-bg", "good-bg", "warn-bg", "bad-bg")
PICKED = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
MODES = ("light", "dark")
_TOKEN = re.compile(r"--([\w-]+): (?:light-dark\((#\w+), (#\w+)\)|(#\w+))[;\s]")


@cache
def css() -> str:
    return assets()["portal.css"].body.decode()


@cache
def token(name: str, mode: str) -> str:
    """A colour of tokens.css; one that is stated once is the same in both modes."""
    stated = {"light": "", "dark": ""}
    for match in _TOKEN.finditer(css()):
        if match[1] == name:
            stated = {"light": match[2] or match[4], "dark": match[3] or match[4]}
    plain = stated[mode]
    return plain if len(plain) == 7 else "#" + "".join(digit * 2 for digit in plain[1:])


def focus_in_a_notice(ground: str, mode: str, picked: str) -> str:
    """The ring's colour there: the notice's own where the stylesheet says so, else the brand's."""
    if re.search(r"\.notice :focus-visible \{ outline-color: var\(--calm\); \}", css()):
        meaning = ground.removesuffix("-bg")
        return token("ink-2" if meaning == "calm" else meaning, mode)
    return getattr(palette(picked), mode).edge


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ground", [*GROUNDS, "calm-bg"])
def test_text_is_read_on_every_ground(ground: str, mode: str) -> None:
    assert [
        token(name, mode)
        for name in ("ink", "ink-2")
        if contrast(token(name, mode), token(ground, mode)) < TEXT
    ] == []


@example("#ccdd88")
@given(PICKED)
def test_focus_is_seen_in_every_notice(picked: str) -> None:
    for mode in MODES:
        for ground in NOTICES:
            ring = focus_in_a_notice(ground, mode, picked)
            assert contrast(ring, token(ground, mode)) >= CONTROL, (mode, ground)


@example("#11ee55")
@given(PICKED)
def test_links_are_read_and_controls_are_seen_wherever_they_lie(picked: str) -> None:
    for mode in MODES:
        slots = getattr(palette(picked), mode)
        for ground in (*GROUNDS, *NOTICES):
            assert contrast(slots.ink, token(ground, mode)) >= TEXT, (mode, ground)
        for ground in GROUNDS:
            assert contrast(slots.edge, token(ground, mode)) >= CONTROL, (mode, ground)


@example("#ff88dd")
@example("#005511")
@given(PICKED)
def test_text_is_read_on_the_band_of_any_brand(picked: str) -> None:
    for mode in MODES:
        tint = getattr(palette(picked), mode).tint
        for name in ("ink", "ink-2", "ink-3"):
            assert contrast(token(name, mode), tint) >= TEXT, (mode, name)
