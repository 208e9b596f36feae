"""The pages and scripts in Chromium: accessible, no sideways scrolling, live, and kind to typed codes."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Literal
from urllib.parse import parse_qs

import msgspec
import pytest
from every_page import every_page
from local_stack.testing.chromium import chromium, violations
from page_samples import DEEP_CLEAN, NEXT, SPARKLE_SEASON, Season, in_locale
from page_samples_japan import HIKARI_SEASON
from playwright.sync_api import Browser, Page, expect
from portal_read import pages

pytestmark = pytest.mark.e2e

CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"


@dataclass
class Site:
    """What the little server serves, and what was posted to it."""

    pages: dict[str, str] = field(default_factory=dict[str, str])
    events: Queue[str] = field(default_factory=Queue[str])
    posted: list[dict[str, list[str]]] = field(default_factory=list[dict[str, list[str]]])
    origin: str = ""


def handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            asset = pages.asset_named(path.removeprefix("/portal/assets/"))
            if path.endswith("/live"):
                self.stream()
            elif asset:
                self.answer(asset.body, asset.content_type)
            elif path in site.pages:
                self.answer(site.pages[path].encode(), "text/html; charset=utf-8")
            else:
                self.answer(b"", "text/css", 200 if "theme" in path else 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            site.posted.append(parse_qs(body))
            self.answer(b"<title>posted</title>", "text/html; charset=utf-8")

        def answer(self, body: bytes, content_type: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Security-Policy", CSP)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(b": open\n\n")
            self.wfile.flush()
            while (event := next_event(site)) is not None:
                self.wfile.write(f"event: {event}\ndata: 1\n\n".encode())
                self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
            pass

    return Handler


def next_event(site: Site) -> str | None:
    try:
        return site.events.get(timeout=20)
    except Empty:
        return None


@contextmanager
def serving() -> Generator[Site]:
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(site))
    server.daemon_threads = True
    site.origin = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


def opened(browser: Browser, site: Site, path: str, width: int = 390) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.set_default_timeout(8000)
    page.goto(site.origin + path)
    return page


# All pages of a season share their stylesheets: exchanging the body is four times faster than loading each.
SHOW = """(html) => {
  const next = new DOMParser().parseFromString(html, "text/html");
  const [root, fresh] = [document.documentElement, next.documentElement];
  for (const {name} of [...root.attributes]) root.removeAttribute(name);
  for (const {name, value} of fresh.attributes) root.setAttribute(name, value);
  document.title = next.title;
  document.body.replaceWith(document.adoptNode(next.body));
}"""

SEASONS = [
    in_locale(season, locale) for season in (SPARKLE_SEASON, HIKARI_SEASON) for locale in pages.LOCALES
]


@pytest.mark.parametrize(
    ("season", "scheme", "rules"),
    [
        *((season, "light", ()) for season in SEASONS),
        *((season, "dark", ("color-contrast", "link-in-text-block")) for season in (SEASONS[0], SEASONS[3])),
    ],
)
def test_every_page_is_clean_for_axe_and_fits_320_pixels(
    browser: Browser, site: Site, season: Season, scheme: Literal["light", "dark"], rules: tuple[str, ...]
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    quiet = replace(season, ctx=replace(season.ctx, live_url=None))
    shown = every_page(quiet)
    site.pages["/page"] = next(iter(shown.values()))
    page.goto(f"{site.origin}/page")
    for name, html in shown.items():
        page.evaluate(SHOW, html)
        assert violations(page, *rules) == [], name
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


def test_signing_out_elsewhere_reloads_an_open_page(browser: Browser, site: Site) -> None:
    ctx, path = SPARKLE_SEASON.ctx, "/portal/sparkle-home"
    site.pages[path] = pages.dashboard(ctx, (NEXT,), (), ())
    page = opened(browser, site, path)
    expect(page.get_by_text("Maria Reyes is coming")).to_be_visible()
    site.pages[path] = pages.sign_in(replace(ctx, contact=None, customer=None))
    site.events.put("signed-out")
    expect(page.get_by_role("heading", name="Sign in with a code")).to_be_visible()
    page.close()


@pytest.mark.parametrize("typed", ["123456", "123 456", "１２３４５６", "Code: 123456."])
def test_six_digits_in_any_width_submit_the_form_once(browser: Browser, site: Site, typed: str) -> None:
    outside = replace(SPARKLE_SEASON.ctx, contact=None, customer=None)
    site.pages["/code"] = pages.code(outside, "hannah@mail.example")
    page = opened(browser, site, "/code")
    page.locator("#code").fill(typed)
    expect(page).to_have_title("posted")
    assert [form.get("code") for form in site.posted] == [["123456"]]
    page.close()


def test_five_digits_wait_for_the_sixth(browser: Browser, site: Site) -> None:
    outside = replace(SPARKLE_SEASON.ctx, contact=None, customer=None)
    site.pages["/code"] = pages.code(outside, None)
    page = opened(browser, site, "/code")
    page.locator("#code").fill("１２３-45")
    expect(page.locator("#code")).to_have_value("12345")
    assert not site.posted
    page.close()
