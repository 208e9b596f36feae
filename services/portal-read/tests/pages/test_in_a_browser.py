"""The pages and scripts in Chromium: accessible, no sideways scrolling, and live."""

from dataclasses import replace
from typing import Literal

import msgspec
import pytest
from chassis.words.languages import LOCALES
from every_page import every_page
from little_site import Site, opened
from page_samples import DEEP_CLEAN, NEXT, SPARKLE_SEASON, Season, in_locale
from page_samples_japan import HIKARI_SEASON
from playwright.sync_api import Browser, expect
from portal_read import pages
from portal_read.pages import FlashMessage
from portal_testing.chromium import violations

pytestmark = pytest.mark.e2e


# All pages of a season share their stylesheets: exchanging the body is four times faster than loading each.
SHOW = """(html) => {
  const next = new DOMParser().parseFromString(html, "text/html");
  const [root, fresh] = [document.documentElement, next.documentElement];
  for (const {name} of [...root.attributes]) root.removeAttribute(name);
  for (const {name, value} of fresh.attributes) root.setAttribute(name, value);
  document.title = next.title;
  document.body.replaceWith(document.adoptNode(next.body));
}"""

SEASONS = [in_locale(season, locale) for season in (SPARKLE_SEASON, HIKARI_SEASON) for locale in LOCALES]
# They take axe longer than all others together, and ask the same of a page in each of its languages.
COLOURS = ("color-contrast", "link-in-text-block")
IN_ITS_COLOURS = (SEASONS[0], SEASONS[-1])


@pytest.mark.parametrize(
    ("season", "scheme", "rules", "without"),
    [
        *((season, "light", (), () if season in IN_ITS_COLOURS else COLOURS) for season in SEASONS),
        *((season, "dark", COLOURS, ()) for season in IN_ITS_COLOURS),
    ],
)
def test_every_page_is_clean_for_axe_and_fits_320_pixels(
    browser: Browser,
    site: Site,
    season: Season,
    scheme: Literal["light", "dark"],
    rules: tuple[str, ...],
    without: tuple[str, ...],
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    quiet = replace(season, ctx=replace(season.ctx, live_url=None))
    shown = every_page(quiet)
    site.pages["/page"] = next(iter(shown.values()))
    page.goto(f"{site.origin}/page")
    for name, html in shown.items():
        page.evaluate(SHOW, html)
        assert violations(page, *rules, without=without) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
    page.close()


def test_a_change_swaps_the_page_keeps_the_focus_and_is_said_once(browser: Browser, site: Site) -> None:
    ctx, path = SPARKLE_SEASON.ctx, "/portal/sparkle-home"
    site.pages[path] = pages.dashboard(ctx, (NEXT,), (), ())
    page = opened(browser, site, path)
    page.get_by_role("link", name="Details").focus()
    site.pages[path] = pages.dashboard(ctx, (msgspec.structs.replace(NEXT, staff=DEEP_CLEAN.staff),), (), ())
    site.events.put("changed")
    expect(page.get_by_text("Maria Reyes and Devon Park are coming")).to_be_visible()
    expect(page.locator("#said")).to_have_text("This page was updated.")
    assert page.evaluate("document.activeElement.textContent") == "Details"
    page.close()


def test_a_change_that_could_not_be_fetched_is_fetched_again(browser: Browser, site: Site) -> None:
    ctx, path = SPARKLE_SEASON.ctx, "/portal/sparkle-home"
    site.pages[path] = pages.dashboard(ctx, (NEXT,), (), ())
    page = opened(browser, site, path)
    site.headers[path] = {"status": "503"}
    site.pages[path] = pages.dashboard(ctx, (msgspec.structs.replace(NEXT, staff=DEEP_CLEAN.staff),), (), ())
    with page.expect_response(lambda answer: answer.status == 503):
        site.events.put("changed")
    del site.headers[path]
    expect(page.get_by_text("Maria Reyes and Devon Park are coming")).to_be_visible(timeout=8000)
    page.close()


def test_what_was_said_once_stays_over_the_changes_that_follow(browser: Browser, site: Site) -> None:
    ctx, path = SPARKLE_SEASON.ctx, "/portal/sparkle-home"
    told = replace(ctx, flash=FlashMessage("pay_not_finished", {}))
    site.pages[path] = pages.dashboard(told, (NEXT,), (), ())
    page = opened(browser, site, path)
    site.pages[path] = pages.dashboard(ctx, (msgspec.structs.replace(NEXT, staff=DEEP_CLEAN.staff),), (), ())
    site.events.put("changed")
    expect(page.get_by_text("Maria Reyes and Devon Park are coming")).to_be_visible()
    expect(page.locator(".notices")).to_contain_text("You came back without paying.")
    page.close()


def test_a_stream_that_died_without_a_word_is_told_and_the_page_asks_by_itself(
    browser: Browser, site: Site
) -> None:
    ctx, path = SPARKLE_SEASON.ctx, "/portal/sparkle-home"
    site.pages[path] = pages.dashboard(ctx, (NEXT,), (), ())
    page = browser.new_page()
    page.clock.install()
    page.goto(site.origin + path)
    notice = page.get_by_text("This page can’t hear about changes right now.")
    page.clock.run_for(30_000)
    expect(notice).to_have_count(0)
    site.pages[path] = pages.dashboard(ctx, (msgspec.structs.replace(NEXT, staff=DEEP_CLEAN.staff),), (), ())
    page.clock.run_for(15_000)
    expect(page.get_by_text("Maria Reyes and Devon Park are coming")).to_be_visible()
    expect(notice).to_be_visible()
    for _ in range(4):  # the stream that is dead takes some
        site.events.put("beat")
    expect(notice).to_have_count(0)
    page.close()


def test_signing_out_elsewhere_reloads_an_open_page(browser: Browser, site: Site) -> None:
    ctx, path = SPARKLE_SEASON.ctx, "/portal/sparkle-home"
    site.pages[path] = pages.dashboard(ctx, (NEXT,), (), ())
    page = opened(browser, site, path)
    expect(page.get_by_text("Maria Reyes is coming")).to_be_visible()
    site.pages[path] = pages.sign_in(replace(ctx, contact=None, customer=None))
    site.events.put("signed-out")
    expect(page.get_by_role("heading", name="Sign in with a code")).to_be_visible()
    page.close()


def test_new_visits_are_learned_in_silence_and_once(browser: Browser, site: Site) -> None:
    path = "/portal/sparkle-home"
    site.pages[path] = pages.dashboard(SPARKLE_SEASON.ctx, (NEXT,), (), (), shown="5e")
    page = opened(browser, site, path)
    expect(page.get_by_role("heading", name="Your next visit")).to_be_visible()
    site.events.put("changed")
    with page.expect_response("**/sparkle-home"):
        pass
    page.close()
    assert site.posted == [{"shown": ["5e"]}]


def test_the_address_of_a_feed_is_copied(browser: Browser, site: Site) -> None:
    path = "/portal/sparkle-home/settings"
    site.pages[path] = every_page(SPARKLE_SEASON)["settings_feed"]
    page = opened(browser, site, path)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/calendar/{'x' * 43}.ics")
    page.close()
