"""Access and the whole portal switched off and on again: who is in is out at once, and stays out."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support.guests import Guests, Person, streaming, told_not_asking
from tests.e2e.support.outside_world import ServiceHub

pytestmark = pytest.mark.e2e


def expect_out(page: Page, act: Callable[[], object]) -> None:
    """The open page is told of the act, and by itself leaves for one that shows nobody's data."""
    with told_not_asking(page):
        act()
        page.wait_for_function("() => document.querySelector('h1') && !document.querySelector('form.out')")


def expect_quiet(page: Page, path: str, heading: str) -> None:
    """The portal answers with the quiet page, as soon as it knows why the session ended."""
    page.wait_for_function("(path) => fetch(path).then((answer) => answer.status === 403)", arg=path)
    page.goto(path)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()


# Withdrawn access forgets the browser too, so for the next minute it is a colleague who can ask for a code.
@pytest.mark.parametrize(
    ("person", "colleague", "heading"),
    [
        (
            Person("sparkle-home", "+12125550104", "en", "phone"),
            Person("sparkle-home", "site@cedarrow.example", "en", "phone"),
            "You can’t use this page at the moment",
        ),
        (
            Person("hikari-seisou", "kato@midori-kanri.example", "ja", "desktop"),
            Person("hikari-seisou", "genba@midori-kanri.example", "ja", "desktop"),
            "ただいまこのページはご利用いただけません",
        ),
    ],
    ids=["en", "ja"],
)
def test_a_customer_without_access_is_out_by_itself_and_the_session_stays_dead(
    guests: Guests, servicehub: ServiceHub, person: Person, colleague: Person, heading: str
) -> None:
    page = streaming(guests.inside(person))

    def access(*, allowed: bool) -> None:
        servicehub.act(person.slug, "access", customer_id="c-1004", allowed=allowed)

    try:
        expect_out(page, lambda: access(allowed=False))
        expect_quiet(page, person.root, heading)
    finally:
        access(allowed=True)
    page.goto(person.root)
    expect(page.locator("form.out")).to_have_count(0)
    newcomer = guests.new(colleague)
    guests.sign_in(newcomer, colleague)
    expect(newcomer.locator("form.out")).to_be_visible()


def test_a_portal_switched_off_is_quiet_and_after_it_everybody_signs_in_anew(
    guests: Guests, servicehub: ServiceHub
) -> None:
    person = Person("hikari-seisou", "+817012340104", "ja")
    page = streaming(guests.inside(person))
    off = "ただいまマイページを休止しています"
    try:
        expect_out(page, lambda: servicehub.act(person.slug, "portal", enabled=False))
        expect_quiet(page, person.root, off)
        page.goto(f"{person.root}/sign-in")
        expect(page.get_by_role("heading", name=off)).to_be_visible()
        expect(page.get_by_role("link", name="03-0000-0142 に電話する")).to_be_visible()
    finally:
        servicehub.act(person.slug, "portal", enabled=True)
    page.wait_for_function("() => fetch(location.href).then((answer) => answer.status === 200)")
    guests.wait_until_open(page, person.slug)
    page.goto(person.root)
    expect(page).to_have_url(re.compile("/sign-in$"))
    guests.sign_in(page, person)
    expect(page.locator("form.out")).to_be_visible()
