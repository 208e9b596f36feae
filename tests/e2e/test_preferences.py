"""What somebody chose lasts: on another device, in the next mail, and by a link in a mail."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support.guests import Guests, Person
from tests.e2e.support.outside_world import TOLD_SECONDS, Mailbox, Message, ServiceHub

pytestmark = pytest.mark.e2e
SLUG, ADDRESS = "sparkle-home", "hannah@mail.example"
ON_PHONE, ON_LAPTOP = Person(SLUG, ADDRESS, "en", "phone"), Person(SLUG, ADDRESS, "en", "desktop")
SPEAKS_JAPANESE = """() => fetch(location.href).then((answer) => answer.text())
  .then((page) => page.includes('<html lang="ja"'))"""


def booked(servicehub: ServiceHub, mailbox: Mailbox, about: str, hour: int) -> Message:
    """The mail of a visit that is booked now."""
    start = f"2027-03-01T{hour}:00"
    servicehub.act(SLUG, "schedule", customer_id="c-1001", service="Window cleaning", start=start)
    return mailbox.next_to(ADDRESS, about, within=TOLD_SECONDS)


def switch_language(page: Page, name: str, locale: str) -> None:
    page.locator("form.lang").get_by_role("button", name=name).click()
    expect(page.locator("html")).to_have_attribute("lang", locale)


def test_a_language_chosen_on_one_device_is_that_of_the_others_and_of_the_next_mail(
    guests: Guests, servicehub: ServiceHub, mailbox: Mailbox
) -> None:
    phone = guests.inside(ON_PHONE)
    laptop = guests.new(ON_LAPTOP, state=phone.context.storage_state())
    laptop.goto(ON_LAPTOP.root)
    expect(laptop.locator("html")).to_have_attribute("lang", "en")
    switch_language(phone, "日本語", "ja")
    try:
        laptop.wait_for_function(SPEAKS_JAPANESE)
        assert 'lang="ja"' in booked(servicehub, mailbox, "ご予約", 10).HTML
    finally:
        switch_language(phone, "English", "en")


def test_looking_at_a_mails_links_changes_nothing_and_its_program_ends_its_kind(
    guests: Guests, servicehub: ServiceHub, mailbox: Mailbox, http: httpx.Client
) -> None:
    page = guests.inside(ON_PHONE, "/settings")
    wanted = page.get_by_label("Visit confirmed: by email")
    expect(wanted).to_be_checked()
    mail = booked(servicehub, mailbox, "Booked", 11)
    for link in links_of(mail):
        for method in ("GET", "HEAD"):
            http.request(method, link, follow_redirects=True)
    page.reload()
    expect(wanted).to_be_checked()
    try:
        answer = http.post(unsubscribe_link(mail), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        page.reload()
        expect(wanted).not_to_be_checked()
    finally:
        page.reload()
        wanted.check()
        page.get_by_role("button", name="Save messages").click()
        expect(page.get_by_text("Your messages are saved.")).to_be_visible()
    expect(wanted).to_be_checked()


def links_of(mail: Message) -> set[str]:
    return {word for word in mail.Text.split() if word.startswith(("http://", "https://"))}


def unsubscribe_link(mail: Message) -> str:
    (link,) = (link for link in links_of(mail) if "/unsubscribe/" in link)
    return link
