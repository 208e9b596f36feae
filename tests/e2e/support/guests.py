"""Customers with a browser, who notice whatever is wrong with a page."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from local_stack.environment import Addresses
from playwright.sync_api import Browser, BrowserContext, Page, Request, StorageState, expect

from tests.e2e.support.outside_world import A_CODE, Mailbox

Size = Literal["phone", "desktop"]
SIZES: dict[Size, tuple[int, int]] = {"phone": (390, 844), "desktop": (1280, 800)}
LANGUAGES = {"en": "en-US", "ja": "ja-JP"}
_LOOKS, _LOOK_MILLISECONDS = 200, 50
_FETCHES = 4
"""For one change: it, what follows from it elsewhere, and the end of what was under way."""
_LOOKED_AT_TOO_EARLY = "ViewTransition opt-in disabled"
"""What Chromium says where a test asks for a style before a page's stylesheet has come: nobody else does."""
# A broken rule of the content security policy is an error of the console too, but not in every case.
_TELL_VIOLATIONS = """addEventListener("securitypolicyviolation",
  (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))"""


@dataclass(frozen=True)
class Person:
    """A contact of a demo customer, and how they use the portal. `address` as the mailbox knows it."""

    slug: str
    address: str
    locale: str = "en"
    size: Size = "phone"

    @property
    def root(self) -> str:
        return f"/portal/{self.slug}"


@dataclass
class Guests:
    """Opens browsers for people, and remembers who is signed in already: codes are few by design."""

    browser: Browser
    portal: Addresses
    mailbox: Mailbox
    problems: list[str] = field(default_factory=list[str])
    _signed_in: dict[tuple[str, str], StorageState] = field(
        default_factory=dict[tuple[str, str], StorageState]
    )
    _open: list[BrowserContext] = field(default_factory=list[BrowserContext])

    def new(self, person: Person, *, javascript: bool = True, state: StorageState | None = None) -> Page:
        """A browser that nobody used before, on an empty page."""
        width, height = SIZES[person.size]
        context = self.browser.new_context(
            base_url=self.portal.public_origin,
            viewport={"width": width, "height": height},
            locale=LANGUAGES[person.locale],
            java_script_enabled=javascript,
            storage_state=state,
        )
        self._open.append(context)
        page = context.new_page()
        self._watch(page)
        return page

    def inside(self, person: Person, path: str = "") -> Page:
        """A page of the portal, signed in; by a code only if no earlier session is left."""
        known = (person.slug, person.address)
        page = self.new(person, state=self._signed_in.get(known))
        page.goto(person.root + path)
        if page.url.endswith("/sign-in"):
            self.sign_in(page, person)
            page.goto(person.root + path)
            self._signed_in[known] = page.context.storage_state()
        return page

    def ask_for_code(self, page: Page, person: Person, typed: str = "") -> str:
        """From the sign-in page to the code page; the code that came by mail or SMS."""
        self.mailbox.forget(person.address)
        page.goto(f"{person.root}/sign-in")
        page.locator("#address").fill(typed or person.address)
        page.locator("#form form:has(#address) button.btn").click()
        expect(page.locator("#code")).to_be_visible()
        return self.mailbox.next_to(person.address, A_CODE).code

    def sign_in(self, page: Page, person: Person, typed: str = "") -> None:
        """All the way, as far as the first page after it."""
        code = self.ask_for_code(page, person, typed)
        self.enter(page, code)
        page.wait_for_url(lambda url: not url.endswith("/code"))

    def wait_until_open(self, page: Page, slug: str) -> None:
        """Until sign-in is possible again: then it asks for the address instead of refusing."""
        for _ in range(_LOOKS):
            if page.request.post(f"/auth/{slug}/codes", data={"address": ""}).status == 422:
                return
            page.wait_for_timeout(_LOOK_MILLISECONDS)
        raise AssertionError(f"sign-in at {slug} stays closed")

    def enter(self, page: Page, code: str) -> None:
        """Type a code; with scripts on, the sixth digit submits it."""
        page.locator("#code").fill(code)

    def close(self) -> None:
        """Close what the test opened."""
        for context in self._open:
            context.close()
        self._open.clear()

    def _watch(self, page: Page) -> None:
        page.set_default_timeout(15_000)
        page.add_init_script(_TELL_VIOLATIONS)
        page.on("request", self._only_our_origin)
        page.on("pageerror", lambda error: self._failed(str(error), page.url))
        page.on("console", lambda said: self._said(said.type, said.text, page.url))
        page.on("response", lambda response: self._loaded(response.request, response.status))

    def _failed(self, error: str, url: str) -> None:
        if _LOOKED_AT_TOO_EARLY not in error:
            self.problems.append(f"{url}: {error}")

    def _only_our_origin(self, request: Request) -> None:
        """Stripe's page is gone to, never asked from a page of ours."""
        at_stripe = request.is_navigation_request() or request.frame.url.startswith(self.portal.stripe_url)
        ours = (f"{self.portal.public_origin}/", "data:", *([self.portal.stripe_url] if at_stripe else []))
        if not request.url.startswith(ours):
            self.problems.append(f"asked somebody else: {request.url}")

    def _said(self, kind: str, text: str, url: str) -> None:
        # What was not found is judged by `_loaded`: a quiet page is answered with 403 or 404 on purpose.
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):
            self.problems.append(f"{url} said: {text}")

    def _loaded(self, request: Request, status: int) -> None:
        refused = status == 403 and request.resource_type == "fetch"  # an open page that learns it is out
        if (
            status >= 400
            and not refused
            and not request.is_navigation_request()
            and "/live" not in request.url
        ):
            self.problems.append(f"{request.url}: {status}")


def streaming(page: Page) -> Page:
    """The page once its stream is open and it has fetched itself afresh."""
    with page.expect_response(lambda answer: answer.request.resource_type == "fetch"):
        page.reload()
    return page


@contextmanager
def told_not_asking(page: Page) -> Generator[None]:
    """A block in which the page learns of one change: it is told, so it fetches itself a few times."""
    fetches: list[str] = []

    def count(request: Request) -> None:
        if request.resource_type == "fetch":
            fetches.append(request.url)

    page.on("request", count)
    yield
    page.remove_listener("request", count)
    assert len(fetches) <= _FETCHES, f"the page asks again and again: {fetches}"


def seconds_until(page: Page, seen: str, act: Callable[[], object]) -> float:
    """Seconds from before `act` until `seen` (JavaScript) holds in the page, without a reload."""
    with told_not_asking(page):
        page.evaluate(_WATCH, seen)
        begun = page.evaluate("Date.now()")
        act()
        at = page.evaluate("window.seenAt")
    assert isinstance(begun, int)
    assert isinstance(at, int), f"not seen without a reload within 15 s: {seen}"
    return (at - begun) / 1000


_WATCH = """(seen) => {
  const holds = new Function(`return ${seen}`);
  if (holds()) throw new Error(`true already: ${seen}`);
  window.seenAt = new Promise((resolve) => {
    const watcher = new MutationObserver(() => holds() && resolve(Date.now()));
    watcher.observe(document, { subtree: true, childList: true, characterData: true });
    setTimeout(() => resolve("too late"), 15000);
  });
}"""
