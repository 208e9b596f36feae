"""A passkey from its offer to its end, with Chromium's virtual authenticator."""

import re
from dataclasses import dataclass

import msgspec
import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.support.guests import Guests, Person
from tests.e2e.support.outside_world import A_CODE

pytestmark = pytest.mark.e2e
_PHONE: dict[str, object] = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True)
class Wording:
    """What the reader presses and reads."""

    person: Person
    offer: str
    add: str
    saved: str
    use: str
    how: str
    remove: str
    removed: str
    sign_out: str
    refused: str


WORDINGS = (
    Wording(
        Person("sparkle-home", "hannah@mail.example"),
        offer="Next time without a code?",
        add="Add a passkey",
        saved="Your passkey is saved.",
        use="Sign in with a passkey",
        how="Signed in with a passkey",
        remove="Remove",
        removed="The passkey is removed.",
        sign_out="Sign out",
        refused="That passkey doesn’t work here.",
    ),
    Wording(
        Person("hikari-seisou", "yumi@mail.example", "ja"),
        offer="次回からはコードなしでログインできます。",
        add="パスキーを登録",
        saved="パスキーを登録しました。",
        use="パスキーでログイン",
        how="にパスキーでログイン",
        remove="削除",
        removed="パスキーを削除しました。",
        sign_out="ログアウト",
        refused="このパスキーではログインできません。",
    ),
)


def tell(session: CDPSession, what: str, **params: object) -> object:
    """A command of Chromium's virtual authenticators."""
    return session.send(f"WebAuthn.{what}", params)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # Playwright types no command


def authenticator_of(page: Page) -> tuple[CDPSession, str]:
    """The page's device has a screen lock, and its owner opens it whenever asked."""
    session = page.context.new_cdp_session(page)
    tell(session, "enable")
    added = msgspec.convert(tell(session, "addVirtualAuthenticator", options=_PHONE), dict[str, str])
    return session, added["authenticatorId"]


def touch(session: CDPSession, authenticator: str, *, willing: bool) -> None:
    """Let the owner touch the device when it asks, or look away."""
    tell(session, "setAutomaticPresenceSimulation", authenticatorId=authenticator, enabled=willing)


@pytest.mark.parametrize("words", WORDINGS, ids=["en", "ja"])
def test_a_passkey_is_offered_after_a_code_signs_in_and_is_removed(guests: Guests, words: Wording) -> None:
    person, page = words.person, guests.new(words.person)
    session, authenticator = authenticator_of(page)
    guests.sign_in(page, person)
    expect(page.locator("[data-told]")).to_contain_text(words.offer)
    page.locator("[data-told]").get_by_role("link", name=words.add).click()
    page.get_by_role("button", name=words.add).click()
    expect(page.locator(".notices")).to_contain_text(words.saved)
    expect(page.locator("section[aria-labelledby=passkeys] li")).to_have_count(1)

    touch(session, authenticator, willing=False)
    page.get_by_role("button", name=words.sign_out, exact=True).click()
    page.get_by_role("button", name=words.use).click()
    touch(session, authenticator, willing=True)
    expect(page.locator(".foot form.out")).to_be_visible()
    page.goto(f"{person.root}/settings")
    expect(page.locator("section[aria-labelledby=dev] li").first).to_contain_text(words.how)

    page.locator("section[aria-labelledby=passkeys]").get_by_role("button", name=words.remove).click()
    expect(page.locator(".notices")).to_contain_text(words.removed)
    touch(session, authenticator, willing=False)
    page.get_by_role("button", name=words.sign_out, exact=True).click()
    page.get_by_role("button", name=words.use).click()
    touch(session, authenticator, willing=True)
    expect(page.locator(".notices")).to_contain_text(words.refused)


def test_the_address_field_suggests_it_and_a_session_by_it_adds_none_without_a_code(guests: Guests) -> None:
    person = Person("sparkle-home", "accounts@cedarrow.example")
    page = guests.new(person)
    authenticator_of(page)
    guests.sign_in(page, person)
    page.goto(f"{person.root}/settings")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".notices")).to_contain_text("Your passkey is saved.")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/sparkle-home/$"))  # whoever touches it takes what is suggested
    page.goto(f"{person.root}/settings")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".notices")).to_contain_text("sign in with a code once more")
    expect(page.locator("#address")).to_have_value(person.address)
    page.get_by_role("button", name="Send me a code").click()
    guests.enter(page, guests.mailbox.next_to(person.address, A_CODE).code)
    expect(page).to_have_url(re.compile("/settings$"))


@pytest.mark.parametrize("path", ["/sign-in", "/settings"])
def test_without_scripts_nothing_is_offered_that_does_nothing(guests: Guests, path: str) -> None:
    person = Person("sparkle-home", "nadia@cedarrow.example")
    page = guests.new(person, javascript=False)
    if path != "/sign-in":
        code = guests.ask_for_code(page, person)
        page.locator("#code").fill(code)
        page.locator("#code-form button").click()
        expect(page.locator("[data-told]")).to_have_count(1)
        expect(page.locator("[data-told]")).to_be_hidden()
    page.goto(person.root + path)
    expect(page.locator("form[data-passkey]")).to_have_count(1)
    expect(page.locator("form[data-passkey]")).to_be_hidden()
