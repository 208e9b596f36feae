"""Given events, when a command, then events."""

import pytest
from branding.domain.portal import Command, DisablePortal, EnablePortal, decide
from branding.domain.theme import stylesheet
from branding.errors import UnknownBusiness
from servicehub_events import BrandingRevised, Colours, Event, PortalDisabled, PortalEnabled, as_event

from .branding_examples import after, revise, set_logo

ON, OFF = EnablePortal("b1"), DisablePortal("b1")


def only(command: Command, *before: Command) -> Event:
    """The one event that the command leads to."""
    events = decide(command, after(*before))
    assert len(events) == 1
    return events[0]


def test_the_first_revision_creates_the_portal_switched_off() -> None:
    event = only(revise())
    assert isinstance(event, BrandingRevised)
    assert (event.enabled, event.generation, event.former_slugs) == (False, 1, ())
    assert event.colours.primary == "#1e7b57"
    assert event.theme_url.startswith("/branding/hikari/theme-")
    assert event.violations() == ()


@pytest.mark.parametrize("command", [ON, OFF, set_logo()])
def test_nothing_but_a_revision_creates_a_business(command: Command) -> None:
    with pytest.raises(UnknownBusiness):
        decide(command, None)


@pytest.mark.parametrize(
    ("before", "again"),
    [
        ([revise()], revise()),
        ([revise(), ON], revise()),
        ([revise(), ON], ON),
        ([revise()], OFF),
        ([revise(), set_logo()], set_logo()),
        ([revise(), set_logo()], revise()),
    ],
)
def test_what_is_so_already_is_no_event(before: list[Command], again: Command) -> None:
    assert decide(again, after(*before)) == []


def test_each_switching_off_raises_the_generation_and_switching_on_keeps_it() -> None:
    event = only(OFF, revise(), ON, OFF, ON)
    assert isinstance(event, PortalDisabled)
    assert (event.enabled, event.generation) == (False, 3)
    on_again = only(ON, revise(), ON, OFF)
    assert isinstance(on_again, PortalEnabled)
    assert (on_again.enabled, on_again.generation) == (True, 2)


def test_a_revision_changes_neither_the_switch_nor_the_logo() -> None:
    before = after(revise(), set_logo(), ON)
    assert before is not None
    event = only(revise(name="Hikari"), revise(), set_logo(), ON)
    assert event == as_event(BrandingRevised, before, name="Hikari")


def test_what_a_revision_leaves_out_is_taken_away() -> None:
    event = only(revise(), revise(website="https://hikari.example"))
    assert isinstance(event, BrandingRevised)
    assert event.website is None


def test_former_slugs_are_kept_and_one_taken_up_again_is_former_no_more() -> None:
    slugs = [revise(slug=slug) for slug in ("one-one", "two-two", "three-three")]
    event = only(revise(slug="one-one"), *slugs)
    assert isinstance(event, BrandingRevised)
    assert (event.slug, event.former_slugs) == ("one-one", ("two-two", "three-three"))


def test_published_files_move_to_the_new_slug() -> None:
    event = only(revise(slug="hikari-tokyo"), revise(), set_logo())
    assert isinstance(event, BrandingRevised)
    assert event.logo is not None
    for url in (event.theme_url, event.logo.url, event.mail_logo_url, event.og_image_url, event.icons[0].url):
        assert url is not None
        assert url.startswith("/branding/hikari-tokyo/")


def test_another_colour_is_another_theme_and_the_old_colour_the_old_one() -> None:
    green, red, green_again = (only(revise(primary_colour=c)) for c in ("#1e7b57", "#c94f16", "#1E7B57"))
    assert isinstance(green, BrandingRevised)
    assert isinstance(red, BrandingRevised)
    assert green.theme_url != red.theme_url
    assert green == green_again


def test_a_second_colour_is_another_theme() -> None:
    one, both = (
        only(revise(primary_colour=..., colours={"primary": "#1e7b57", **accent}))
        for accent in ({}, {"accent": "#e8590c"})
    )
    assert isinstance(one, BrandingRevised)
    assert isinstance(both, BrandingRevised)
    assert one.theme_url != both.theme_url


def test_the_stylesheet_falls_back_to_light_and_pairs_light_with_dark() -> None:
    css = stylesheet(Colours(primary="#1e7b57"))
    assert "  --b-fill: #1e7b57;\n" in css
    assert "    --b-fill: light-dark(#1e7b57, #5db28b);\n" in css
    assert css.count("--b-") == 14
    assert len(css.encode()) < 700
