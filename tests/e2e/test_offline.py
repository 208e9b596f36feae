"""What a browser keeps of the running portal: on one's own device the next visit, until sign-out."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support.guests import Guests, Person

pytestmark = pytest.mark.e2e
HANNAH = Person("sparkle-home", "hannah@mail.example")
YUMI = Person("hikari-seisou", "yumi@mail.example", "ja", "desktop")
KEPT = """async () => {
  const caching = (await caches.keys()).map((name) => caches.open(name).then((cache) => cache.keys()));
  const kept = (await Promise.all(caching)).flat().map(({ url }) => new URL(url).pathname);
  const workers = await navigator.serviceWorker.getRegistrations();
  return [...kept, ...workers.map(({ scope }) => new URL(scope).pathname), ...Object.keys(localStorage)];
}"""
_TRIES, _TRY_MILLISECONDS = 200, 50


def kept(page: Page, *, has: str = "", only_of: str = "") -> list[str]:
    """What lies in the browser, once it is so; `only_of`: of that portal no visit, and nobody's note."""
    found: list[str] = []
    for _ in range(_TRIES):
        found = page.evaluate(KEPT)
        personal = [one for one in found if one.startswith("reader ") or one == f"{only_of}/offline/visit"]
        if (only_of and not personal) or (has and has in found):
            return found
        page.wait_for_timeout(_TRY_MILLISECONDS)
    raise AssertionError(found)


@pytest.mark.parametrize("person", [HANNAH, YUMI], ids=["en", "ja"])
def test_ones_own_device_keeps_the_next_visit_until_sign_out(guests: Guests, person: Person) -> None:
    page = guests.new(person)
    code = guests.ask_for_code(page, person)
    page.locator("input[name=remember]").check()
    guests.enter(page, code)
    expect(page.locator("form.out")).to_be_visible()
    page.goto(person.root)  # its row may have come after the first page
    kept(page, has=f"{person.root}/offline/visit")
    page.goto(f"{person.root}/offline/visit")
    page.wait_for_url(f"**{person.root}/")  # on line it makes way for the portal
    page.locator("form.out button:not([name])").click()
    page.wait_for_url("**/sign-in")
    kept(page, only_of=person.root)
    page.go_back()
    page.wait_for_url("**/sign-in")


def test_a_shared_computer_keeps_no_visit(guests: Guests) -> None:
    page = guests.inside(HANNAH)
    assert f"{HANNAH.root}/offline/visit" not in kept(page, has=f"{HANNAH.root}/offline")
