"""The newest pages for who reads otherwise: text twice as large, forced colours, a language 40 % longer."""

from dataclasses import replace
from fnmatch import fnmatch
from typing import Final

import pytest
from every_page import every_page
from little_site import Site
from page_samples import SPARKLE_SEASON, Season, in_locale
from page_samples_japan import HIKARI_SEASON
from playwright.sync_api import Browser, Page
from portal_testing.chromium import violations
from test_in_a_browser import SHOW

pytestmark = pytest.mark.e2e
NEWEST: Final = (
    *("appointments*", "invoices*", "history*", "statement*", "ask*", "requests*", "settings*", "offline*"),
    *("pay_*", "paying_*", "link*", "invoice_autopay_*", "dashboard_*", "unsubscribe*"),
    *("appointment_in_full", "sign_in_ended", "code_longest", "result_paid_tip", "invoice_1019"),
)
TWICE_AS_LARGE = "document.documentElement.style.fontSize = '200%'"
LONGER = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    const said = text.data.trim();
    if (/[A-Za-z]{3}/.test(said)) text.data += " ẅöřđ".repeat(Math.ceil(said.length * 0.4 / 5));
  }
}"""


def shown_anew(page: Page, site: Site, season: Season, name: str) -> dict[str, str]:
    quiet = replace(season, ctx=replace(season.ctx, live_url=None))
    shown = {key: html for key, html in every_page(quiet).items() if any(fnmatch(key, n) for n in NEWEST)}
    assert len(shown) > 60
    site.pages[f"/{name}"] = next(iter(shown.values()))
    page.goto(f"{site.origin}/{name}")
    return shown


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("season", [SPARKLE_SEASON, in_locale(HIKARI_SEASON, "ja")], ids=["en", "ja"])
def test_text_of_twice_the_size_fits_a_phone_and_is_clean(
    browser: Browser, site: Site, season: Season
) -> None:
    with browser.new_page(viewport={"width": 390, "height": 844}) as page:
        for name, html in shown_anew(page, site, season, "large").items():
            page.evaluate(SHOW, html)
            page.evaluate(TWICE_AS_LARGE)
            assert fits(page), name
            assert violations(page, "target-size", "scrollable-region-focusable") == [], name


def test_words_that_are_longer_by_two_fifths_fit_the_narrowest_phone(browser: Browser, site: Site) -> None:
    with browser.new_page(viewport={"width": 320, "height": 640}) as page:
        for name, html in shown_anew(page, site, SPARKLE_SEASON, "long").items():
            page.evaluate(SHOW, html)
            page.evaluate(LONGER)
            assert fits(page), name


def test_forced_colours_are_clean_and_leave_every_button_an_edge(browser: Browser, site: Site) -> None:
    with browser.new_page(viewport={"width": 390, "height": 844}, forced_colors="active") as page:
        for name, html in shown_anew(page, site, SPARKLE_SEASON, "forced").items():
            page.evaluate(SHOW, html)
            assert violations(page, without=("color-contrast",)) == [], name  # the system's own colours
            edges = page.evaluate(
                "[...document.querySelectorAll('main .btn')].map((b) => getComputedStyle(b).borderTopWidth)"
            )
            assert "0px" not in edges, name
