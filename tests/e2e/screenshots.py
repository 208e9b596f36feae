"""`python -m tests.e2e.screenshots`: take the pictures of docs/images, from a stack of its own."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Page, expect
from portal_testing.chromium import chromium
from portal_testing.stack import full_stack

from tests.e2e.support.guests import Guests, Person
from tests.e2e.support.outside_world import Mailbox

FOLDER = Path(__file__).parents[2] / "docs" / "images"
LARGEST_BYTES = 60_000
PEOPLE = (
    Person("sparkle-home", "hannah@mail.example", "en"),
    Person("hikari-seisou", "yumi@mail.example", "ja"),
)
INVOICE = "/invoices/inv-1042"


def main() -> None:
    """Write all pictures; fails when a page has problems or a picture is too large."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with full_stack() as portal, chromium() as browser, httpx.Client(trust_env=False) as http:
        guests = Guests(browser, portal, Mailbox(portal.mailbox_url, http))
        for person in PEOPLE:
            take(guests, person)
        guests.close()
    sys.exit("\n".join(guests.problems) or None)


def take(guests: Guests, person: Person) -> None:
    """The way in, and what is inside, in one language."""
    page = guests.new(person)
    page.goto(f"{person.root}/sign-in")
    save(guests, page, person, "sign-in")
    code = guests.ask_for_code(page, person)
    save(guests, page, person, "code")
    guests.enter(page, code)
    expect(page.locator("form.out")).to_be_visible()
    save(guests, page, person, "dashboard")
    page.goto(person.root + INVOICE)
    save(guests, page, person, "invoice")
    page.locator("form[data-once] button").click()
    page.wait_for_url(lambda url: "/c/pay/" in url)
    page.locator("#pay").click()
    expect(page.locator("svg.seal.turn")).to_have_count(0)
    save(guests, page, person, "paid")


def save(guests: Guests, phone: Page, person: Person, name: str) -> None:
    """The page as it stands on the phone, and the same one on a desktop."""
    desktop = guests.new(replace(person, size="desktop"), state=phone.context.storage_state())
    desktop.goto(phone.url)
    for size, page in (("phone", phone), ("desktop", desktop)):
        picture = io.BytesIO()
        Image.open(io.BytesIO(page.screenshot(animations="disabled"))).save(
            picture, "webp", quality=80, method=6
        )
        if picture.tell() > LARGEST_BYTES:
            sys.exit(f"{name}-{person.locale}-{size}: {picture.tell()} bytes, more than {LARGEST_BYTES}")
        (FOLDER / f"{name}-{person.locale}-{size}.webp").write_bytes(picture.getvalue())


if __name__ == "__main__":
    main()
