"""The service worker in Chromium: what it shows without a network, what it keeps, and what takes it away."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest
from every_page import sessions_of
from little_site import Site
from page_samples import NEXT, SPARKLE_SEASON
from playwright.sync_api import Browser, BrowserContext, Page, expect
from portal_read import pages
from portal_testing.chromium import chromium

pytestmark = pytest.mark.e2e
ROOT = "/portal/sparkle-home"
NEIGHBOUR = f"{ROOT}-and-garden"
INSIDE = replace(SPARKLE_SEASON.ctx, worker_url=f"{ROOT}/sw.js", reader="5e551011")
OUTSIDE = replace(SPARKLE_SEASON.ctx, contact=None, customer=None)
WORKING = "navigator.serviceWorker.ready.then(() => true)"
KEPT = """async () => {
  const caching = (await caches.keys()).map((name) => caches.open(name).then((cache) => cache.keys()));
  const workers = await navigator.serviceWorker.getRegistrations();
  const kept = (await Promise.all(caching)).flat().map(({ url }) => new URL(url).pathname);
  return [...kept, ...workers.map(() => "a worker")];
}"""
OFFLINE, VISIT = f"{ROOT}/offline", f"{ROOT}/offline/visit"
SIGNED_OUT_CLEARS = '"cache"'
"""What auth-otp has a browser clear at sign-out (its `test_stack_revocation` holds it to that)."""
_TRIES, _TRY_MILLISECONDS = 100, 50


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(keeps_pages=True) as running:
        yield running


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody used before."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        context.set_default_timeout(8000)
        yield context


def portal(site: Site, *, remembered: bool = True) -> None:
    """A portal with one visit, as it answers who is signed in."""
    site.pages[ROOT] = pages.dashboard(INSIDE, (NEXT,), (), ())
    site.pages[OFFLINE] = pages.offline(INSIDE)
    site.pages[f"{ROOT}/sign-in"] = pages.sign_in(OUTSIDE)
    site.pages[f"{ROOT}/settings"] = pages.settings(INSIDE, (), "s-1", ())
    site.headers[ROOT] = {"ETag": 'W/"1"'}
    if remembered:
        keep_visit(site, timedelta(days=1))


def keep_visit(site: Site, life: timedelta) -> None:
    site.pages[VISIT] = pages.offline_visit(INSIDE, NEXT)
    expires = format_datetime(datetime.now(UTC) + life, usegmt=True)
    site.headers[VISIT] = {"Expires": expires}


def holds(page: Page, what: Callable[[set[str]], bool]) -> None:
    """Within five seconds, of the paths that are kept, and "a worker" where there is one."""
    kept: set[str] = set()
    for _ in range(_TRIES):
        kept = set(page.evaluate(KEPT))
        if what(kept):
            return
        page.wait_for_timeout(_TRY_MILLISECONDS)
    raise AssertionError(kept)


def a_visit(kept: set[str]) -> bool:
    return VISIT in kept


def no_visit(kept: set[str]) -> bool:
    return VISIT not in kept


def nothing(kept: set[str]) -> bool:
    return not kept


def begun(phone: BrowserContext, site: Site, *, remembered: bool = True) -> Page:
    """A page whose worker has taken over and kept what it keeps."""
    portal(site, remembered=remembered)
    page = phone.new_page()
    page.goto(site.origin + ROOT)
    assert page.evaluate(WORKING)
    holds(page, lambda kept: OFFLINE in kept)
    return page


def shows_a_visit(page: Page) -> bool:
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    return page.get_by_text(NEXT.service.name).count() > 0


def test_without_a_network_each_page_is_the_business_with_its_number_and_comes_back_by_itself(
    phone: BrowserContext, site: Site
) -> None:
    page = begun(phone, site)
    site.away = True
    for path in (ROOT, f"{ROOT}/settings", f"{ROOT}/never-seen"):
        page.goto(site.origin + path)
        assert shows_a_visit(page)
        expect(page.get_by_role("link", name="Call (212) 555-0142")).to_be_visible()
        assert page.evaluate("document.styleSheets[0].cssRules.length") > 100
    page.goto(site.origin + ROOT)
    site.away = False
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_role("heading", name="Your next visit")).to_be_visible()


def test_while_there_is_a_network_every_answer_is_the_networks(phone: BrowserContext, site: Site) -> None:
    page = begun(phone, site)
    site.pages[ROOT] = pages.dashboard(INSIDE, (), (), ())
    page.goto(site.origin + ROOT)
    expect(page.get_by_role("heading", name="No visit planned")).to_be_visible()
    site.pages[OFFLINE] = "newer"
    page.goto(f"{site.origin}{ROOT}/offline")
    assert page.content().count("newer") == 1


def test_a_device_that_is_not_remembered_keeps_no_visit(phone: BrowserContext, site: Site) -> None:
    page = begun(phone, site, remembered=False)
    holds(page, no_visit)
    site.away = True
    page.goto(site.origin + ROOT)
    assert not shows_a_visit(page)


def test_a_visit_is_not_shown_beyond_its_hour_and_then_no_longer_kept(
    phone: BrowserContext, site: Site
) -> None:
    portal(site)
    keep_visit(site, timedelta(seconds=-1))
    page = begun(phone, site, remembered=False)
    holds(page, a_visit)
    site.away = True
    page.goto(site.origin + ROOT)
    assert not shows_a_visit(page)
    holds(page, no_visit)


def test_a_home_page_that_changed_has_the_visit_kept_anew_and_an_equal_one_has_not(
    phone: BrowserContext, site: Site
) -> None:
    page = begun(phone, site)
    for tag in ("2", "2", "2", "3"):
        site.headers[ROOT] = {"ETag": f'W/"{tag}"'}
        if tag == "3":
            del site.pages[VISIT]
        page.goto(site.origin + ROOT)
        holds(page, lambda kept: OFFLINE in kept and site.asked.count(VISIT) > 1)
    holds(page, no_visit)
    assert site.asked.count(VISIT) == 3  # by the installed worker, and for each of two home pages


def test_signing_out_takes_the_visit_with_it_also_from_a_browser_that_clears_nothing(
    phone: BrowserContext, site: Site
) -> None:
    page = begun(phone, site)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-out")
    holds(page, no_visit)
    assert page.evaluate("localStorage.length") == 0
    site.away = True
    page.goto(site.origin + ROOT)
    assert not shows_a_visit(page)


def test_signing_out_of_one_portal_leaves_the_visit_of_another_at_the_same_host(
    phone: BrowserContext, site: Site
) -> None:
    ours = begun(phone, site)
    theirs = replace(INSIDE, business=msgspec.structs.replace(INSIDE.business, slug=NEIGHBOUR[8:]))
    neighbour = replace(theirs, live_url=f"{NEIGHBOUR}/live", worker_url=f"{NEIGHBOUR}/sw.js")
    site.pages[NEIGHBOUR] = pages.dashboard(neighbour, (NEXT,), (), ())
    site.pages[f"{NEIGHBOUR}/offline"] = pages.offline(neighbour)
    site.pages[f"{NEIGHBOUR}/offline/visit"] = pages.offline_visit(neighbour, NEXT)
    site.headers[f"{NEIGHBOUR}/offline/visit"] = site.headers[VISIT]
    other = phone.new_page()
    other.goto(site.origin + NEIGHBOUR)
    holds(other, lambda kept: {VISIT, f"{NEIGHBOUR}/offline/visit"} <= kept)
    site.posted_headers = {"Clear-Site-Data": SIGNED_OUT_CLEARS}
    ours.get_by_role("button", name="Sign out", exact=True).click()
    ours.wait_for_url("**/sign-out")
    holds(ours, lambda kept: VISIT not in kept and f"{NEIGHBOUR}/offline/visit" in kept)
    site.away = True
    other.goto(site.origin + NEIGHBOUR)
    assert shows_a_visit(other)
    ours.goto(site.origin + ROOT)
    assert not shows_a_visit(ours)


def test_a_home_page_is_the_same_with_a_slash(phone: BrowserContext, site: Site) -> None:
    page = begun(phone, site)
    site.pages[f"{ROOT}/"] = site.pages[ROOT]
    site.headers[f"{ROOT}/"] = {"ETag": 'W/"2"'}
    del site.pages[VISIT]
    page.get_by_role("link", name="Home", exact=True).click()
    holds(page, no_visit)
    site.away = True
    page.goto(f"{site.origin}{ROOT}/")
    assert not shows_a_visit(page)


def test_another_form_takes_nothing(phone: BrowserContext, site: Site) -> None:
    page = begun(phone, site)
    site.pages[f"{ROOT}/settings"] = pages.settings(
        INSIDE, sessions_of(INSIDE), "s-1", (), (), pages.feed_links(INSIDE, "x" * 43)
    )
    for button in ("Make a new address", "Sign out the other 2"):
        page.goto(f"{site.origin}{ROOT}/settings")
        page.get_by_role("button", name=button).click()
        page.wait_for_function("document.title === 'posted'")
    holds(page, a_visit)
    assert page.evaluate("localStorage.length") == 1


def test_a_session_that_ended_elsewhere_takes_the_visit_with_it_at_the_next_page(
    phone: BrowserContext, site: Site
) -> None:
    page = begun(phone, site)
    del site.pages[VISIT]
    page.goto(f"{site.origin}{ROOT}/sign-in")
    holds(page, no_visit)


def test_a_portal_that_is_off_leaves_nothing_in_the_browser(phone: BrowserContext, site: Site) -> None:
    page = begun(phone, site)
    for path in (ROOT, OFFLINE, VISIT):
        site.pages[path] = pages.portal_off(OUTSIDE)
        site.headers[path] = {"status": "403"}
    page.goto(site.origin + ROOT)
    holds(page, nothing)


def test_a_portal_whose_address_begins_alike_is_another_business(phone: BrowserContext, site: Site) -> None:
    page = begun(phone, site)
    site.pages[NEIGHBOUR] = "<title>Neighbour</title>"
    page.goto(site.origin + NEIGHBOUR)
    assert page.evaluate("navigator.serviceWorker.controller !== null")  # the browser counts it to the scope
    site.away = True
    with pytest.raises(Exception, match="ERR_EMPTY_RESPONSE"):
        page.goto(site.origin + NEIGHBOUR)


def test_a_newer_worker_takes_over_with_the_next_page(phone: BrowserContext, site: Site) -> None:
    page = begun(phone, site)
    site.worker = site.worker.replace(b"offline ${ROOT}", b"newer ${ROOT}")
    page.goto(site.origin + ROOT)
    page.wait_for_function("(name) => caches.has(name)", arg=f"newer {ROOT}")


def test_a_worker_that_is_switched_off_removes_itself_and_what_was_kept(
    phone: BrowserContext, site: Site
) -> None:
    page = begun(phone, site)
    site.worker = pages.worker_script(on=False)
    site.pages[ROOT] = pages.dashboard(replace(INSIDE, worker_url=None), (NEXT,), (), ())
    page.goto(site.origin + ROOT)  # a browser looks for a newer worker after it, by itself
    holds(page, nothing)


def test_back_shows_nothing_after_signing_out(phone: BrowserContext, site: Site) -> None:
    page = begun(phone, site)
    page.goto(f"{site.origin}{ROOT}/settings")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-out")
    site.pages[ROOT] = site.pages[f"{ROOT}/settings"] = pages.sign_in(OUTSIDE)
    for _ in range(2):
        page.go_back(wait_until="commit")
        expect(page.get_by_role("heading", name="Sign in with a code")).to_be_visible()


def test_back_is_as_quick_as_ever_for_who_is_signed_in(phone: BrowserContext, site: Site) -> None:
    page = begun(phone, site)
    page.evaluate("window.sameAsBefore = true")
    page.goto(f"{site.origin}{ROOT}/settings")
    page.go_back(wait_until="commit")
    expect(page.get_by_role("heading", name="Your next visit")).to_be_visible()
    assert page.evaluate("window.sameAsBefore") is True
