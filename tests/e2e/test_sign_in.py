"""The way in and out, as people take it."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.guests import Guests, Person

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("person", "visit", "due"),
    [
        (
            Person("sparkle-home", "hannah@mail.example", "en", "phone"),
            "Your next visit",
            "Amount due",
        ),
        (Person("hikari-seisou", "yumi@mail.example", "ja", "desktop"), "次回のご予約", "お支払い金額"),
    ],
)
def test_a_code_by_mail_opens_the_dashboard(guests: Guests, person: Person, visit: str, due: str) -> None:
    page = guests.inside(person)
    expect(page.locator("html")).to_have_attribute("lang", person.locale)
    expect(page.locator("h1")).to_contain_text(visit)
    expect(page.locator("section.due h2")).to_have_text(due)


@pytest.mark.parametrize(
    ("person", "typed", "name"),
    [
        (Person("sparkle-home", "+12125550107", "en", "desktop"), "(212) 555-0107", "Your next visit"),
        (Person("hikari-seisou", "+817012340107", "ja", "phone"), "０７０ー１２３４ー０１０７", "ご"),
    ],
)
def test_a_code_by_sms_opens_it_for_a_number_in_any_writing(
    guests: Guests, person: Person, typed: str, name: str
) -> None:
    page = guests.new(person)
    guests.sign_in(page, person, typed)
    expect(page.locator("h1")).to_contain_text(name)
    expect(page.locator(".foot form.out")).to_be_visible()


@pytest.mark.parametrize(
    ("person", "wrong", "left"),
    [
        (
            Person("sparkle-home", "lucille@mail.example"),
            "That code isn’t right.",
            ("3 tries left.", "2 tries left."),
        ),
        (Person("hikari-seisou", "aoi@mail.example", "ja"), "確認コードが違います。", ("あと3回", "あと2回")),
    ],
)
def test_a_wrong_code_says_how_many_tries_are_left_and_the_right_one_still_works(
    guests: Guests, person: Person, wrong: str, left: tuple[str, str]
) -> None:
    page = guests.new(person)
    right = guests.ask_for_code(page, person)
    for tries in left:
        guests.enter(page, f"{(int(right) + 1) % 1_000_000:06}")
        expect(page.locator("#error")).to_contain_text(wrong)
        expect(page.locator("#error")).to_contain_text(tries)
    guests.enter(page, right)
    expect(page.locator("form.out")).to_be_visible()


def test_who_enters_wrong_codes_is_asked_for_a_longer_one(guests: Guests) -> None:
    person = Person("sparkle-home", "office@brightwater.example")
    page = guests.new(person)
    right = guests.ask_for_code(page, person)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for left in ("3 tries left", "2 tries left", "1 try left"):
        guests.enter(page, wrong)
        expect(page.locator("#error")).to_contain_text(left)
    guests.enter(page, wrong)
    expect(page.get_by_role("heading", name="Enter the 8-digit code")).to_be_visible()
    expect(page.locator("#error")).to_contain_text("A longer code is on its way.")
    expect(page.locator("main")).to_contain_text("Your code has 8 digits today.")
    guests.enter(page, right)
    expect(page.locator("#error")).to_contain_text("That is not the whole code.")


def test_asking_again_at_once_tells_how_long_to_wait_and_the_first_code_works(guests: Guests) -> None:
    person = Person("sparkle-home", "accounts@cedarrow.example")
    page = guests.new(person)
    code = guests.ask_for_code(page, person)
    page.get_by_role("button", name="Send another code").click()
    expect(page.locator(".notices")).to_contain_text("A code was sent a moment ago.")
    expect(page.locator(".notices")).to_contain_text(re.compile(r"try again in \d+ seconds"))
    guests.enter(page, code)
    expect(page.get_by_role("heading", name="Your invoices")).to_be_visible()


@pytest.mark.parametrize(
    ("person", "names", "picked"),
    [
        (Person("sparkle-home", "daniel@mail.example"), ("Daniel Okafor", "Grace Okafor"), "Grace Okafor"),
        (Person("hikari-seisou", "daisuke@mail.example", "ja"), ("中村 大輔", "中村 静江"), "中村 静江"),
    ],
)
def test_a_shared_address_chooses_after_the_proof(
    guests: Guests, person: Person, names: tuple[str, str], picked: str
) -> None:
    page = guests.new(person)
    guests.sign_in(page, person)
    expect(page).to_have_url(re.compile("/choose$"))
    for place, name in enumerate(names):
        expect(page.locator("button.opt b").nth(place)).to_contain_text(name)
    page.locator("button.opt").nth(names.index(picked)).click()
    expect(page.locator("form.out")).to_be_visible()


def test_sign_out_ends_the_session_and_says_so(guests: Guests) -> None:
    person = Person("hikari-seisou", "keiri@midori-kanri.example", "ja", "desktop")
    page = guests.inside(person)
    page.get_by_role("button", name="ログアウト", exact=True).click()
    expect(page.locator(".notices")).to_contain_text("ログアウトしました。")
    page.goto(person.root)
    expect(page).to_have_url(re.compile("/sign-in$"))


def test_a_link_opened_before_sign_in_is_open_after_it(guests: Guests) -> None:
    person = Person("sparkle-home", "aoi@mail.example", "en", "desktop")
    page = guests.new(person)
    page.goto(f"{person.root}/invoices/inv-1044")
    expect(page).to_have_url(re.compile("/sign-in$"))
    guests.sign_in(page, person)
    expect(page).to_have_url(re.compile("/invoices/inv-1044$"))


def test_language_is_switched_before_and_after_sign_in(guests: Guests) -> None:
    person = Person("hikari-seisou", "emily@mail.example", "ja")
    page = guests.new(person)
    page.goto(f"{person.root}/sign-in")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in with a code")).to_be_visible()
    guests.sign_in(page, person)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_everything_works_without_javascript(guests: Guests) -> None:
    person = Person("sparkle-home", "nadia@cedarrow.example")
    page = guests.new(person, javascript=False)
    code = guests.ask_for_code(page, person)
    page.locator("#code").fill(f" {code[:3]} {code[3:]} ")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_contain_text("Your next visit")
    page.get_by_role("link", name="Details").click()
    expect(page.get_by_text("The key is with the concierge.")).to_be_visible()
