"""A customer pays by test card, with the real services and the Stripe sandbox behind the pages."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support.guests import Guests, Person
from tests.e2e.support.outside_world import TOLD_SECONDS, Mailbox, ServiceHub, Stripe

pytestmark = pytest.mark.e2e
RECONCILED_MS = 30_000
"""Billing asks every five seconds about what no webhook told; events and rows come after."""


@dataclass(frozen=True)
class Payer:
    """Who pays what, and how it reads in their language; `minor` is what the price comes to with tax."""

    person: Person
    price: int
    minor: int
    shown: str
    paid: str
    confirming: str
    unfinished: str
    receipt: str
    given_back: str
    disputed: str
    confirmed: str


IN_ENGLISH = Payer(
    Person("sparkle-home", "hannah@mail.example"),
    *(12_345, 13_441, "$134.41"),
    *("Paid. Thank you.", "Confirming your payment", "Nothing was charged", "Your payment to"),
    *("$0.99 refunded", "Your bank is reviewing this payment", "Your bank confirmed this payment"),
)
IN_JAPANESE = Payer(
    Person("hikari-seisou", "yumi@mail.example", "ja"),
    *(43_211, 47_532, "47,532"),
    *("お支払いが完了しました", "お支払いを確認しています", "請求は発生していません", "お支払い"),
    *("99 返金", "カード会社がこのお支払いを確認中です", "カード会社がこのお支払いを確認しました"),
)
BOTH = pytest.mark.parametrize("payer", [IN_ENGLISH, IN_JAPANESE], ids=["en", "ja"])


@BOTH
def test_processing_becomes_paid_in_the_open_page_and_a_receipt_comes(
    guests: Guests, servicehub: ServiceHub, stripe: Stripe, mailbox: Mailbox, payer: Payer
) -> None:
    invoice = issue(servicehub, payer)
    page = pay_in_full(guests, payer, invoice)
    checkout = page.url
    expect(page.locator("#total")).to_contain_text(payer.shown)
    stripe.fault("checkout.sessions.retrieve", "500")  # who returns is not told yet
    stripe.fault("webhook", "delay", times=None, seconds=2)
    pay_by_card(page)
    expect(page.locator("h1")).to_contain_text(payer.confirming)
    page.evaluate("window.opened = true")
    expect(page.locator("h1")).to_contain_text(payer.paid)
    assert page.evaluate("window.opened"), "the page was reloaded"
    (charge,) = stripe.charges(checkout)
    assert (charge.amount, charge.paid) == (payer.minor, True)
    mail = mailbox.next_to(payer.person.address, about=payer.receipt)
    assert payer.shown in mail.Text
    page.goto(f"{payer.person.root}/invoices/{invoice}")
    expect(page.locator("section.due")).to_have_count(0)


@BOTH
def test_paying_works_without_scripts_and_without_webhooks(
    guests: Guests, servicehub: ServiceHub, stripe: Stripe, payer: Payer
) -> None:
    stripe.fault("webhook", "drop", times=None)
    invoice = issue(servicehub, payer)
    signed_in = guests.inside(payer.person).context.storage_state()
    page = guests.new(payer.person, javascript=False, state=signed_in)
    go_to(page, payer, invoice)
    to_checkout(page)
    checkout = page.url
    pay_by_card(page)
    expect(page.locator("h1")).to_contain_text(payer.paid)
    assert [charge.amount for charge in stripe.charges(checkout)] == [payer.minor]


@BOTH
def test_an_invoice_is_paid_from_its_mail_without_signing_in_and_without_scripts(
    guests: Guests, servicehub: ServiceHub, stripe: Stripe, mailbox: Mailbox, payer: Payer
) -> None:
    mailbox.forget(payer.person.address)
    issue(servicehub, payer)
    mail = mailbox.next_to(payer.person.address, about="^Invoice .* due|^請求書", within=TOLD_SECONDS)
    (link,) = re.findall(r"http\S+/pay/\S+", mail.Text)
    page = guests.new(payer.person, javascript=False)
    before = stripe.sessions()
    for _ in range(2):
        assert (page.request.get(link).status, page.request.head(link).status) == (200, 200)
    page.goto(link)
    expect(page.locator("main")).to_contain_text(payer.shown)
    assert stripe.sessions() == before, "to look at a link began something"
    to_checkout(page)
    checkout = page.url
    page.locator("#back").click()
    expect(page.locator(".notices")).to_contain_text(payer.unfinished)
    to_checkout(page)
    assert page.url == checkout, "the same attempt goes on"
    pay_by_card(page)
    expect(page.locator("h1")).to_contain_text(payer.paid)
    assert "/paid/" in page.url
    assert [charge.amount for charge in stripe.charges(checkout)] == [payer.minor]
    assert page.request.get(link).status == 404
    assert guests.new(payer.person).request.get(page.url, max_redirects=0).status == 303


def test_who_pays_and_never_comes_back_finds_it_paid_even_without_webhooks(
    guests: Guests, servicehub: ServiceHub, stripe: Stripe
) -> None:
    stripe.fault("webhook", "drop", times=None)
    invoice = issue(servicehub, IN_ENGLISH)
    page = pay_in_full(guests, IN_ENGLISH, invoice)
    checkout = page.url
    stripe.pay(checkout)
    page.goto(f"{IN_ENGLISH.person.root}/invoices/{invoice}")
    expect(page.locator("section.due")).to_have_count(0, timeout=RECONCILED_MS)


@BOTH
def test_a_declined_card_can_be_replaced_on_the_same_page(
    guests: Guests, servicehub: ServiceHub, stripe: Stripe, payer: Payer
) -> None:
    invoice = issue(servicehub, payer)
    page = pay_in_full(guests, payer, invoice)
    checkout = page.url
    pay_by_card(page, "4000000000000002")
    expect(page.locator("#problem")).to_be_visible()
    pay_by_card(page)
    expect(page.locator("h1")).to_contain_text(payer.paid)
    assert [charge.amount for charge in stripe.charges(checkout) if charge.paid] == [payer.minor]


@BOTH
def test_who_turns_back_is_told_that_nothing_was_charged_and_can_go_on(
    guests: Guests, servicehub: ServiceHub, stripe: Stripe, payer: Payer
) -> None:
    invoice = issue(servicehub, payer)
    page = pay_in_full(guests, payer, invoice)
    checkout = page.url
    page.locator("#back").click()
    expect(page.locator(".notices")).to_contain_text(payer.unfinished)
    to_checkout(page)
    assert page.url == checkout, "the same attempt goes on"
    assert stripe.charges(checkout) == []


def test_part_of_an_invoice_is_paid_and_the_rest_stays(
    guests: Guests, servicehub: ServiceHub, stripe: Stripe
) -> None:
    payer = IN_ENGLISH
    invoice = issue(servicehub, payer)
    servicehub.act(payer.person.slug, "part-payment", invoice_id=invoice, allowed=True, minimum=2_000)
    page = guests.inside(payer.person)
    go_to(page, payer, invoice)
    page.locator("input[name=pay][value=amount]").check()
    page.locator("input[name=amount]").fill("19.99")
    page.locator("form[data-once] button").click()
    expect(page.locator(".notices")).to_contain_text("$20.00")
    page.locator("input[name=pay][value=amount]").check()
    page.locator("input[name=amount]").fill("50.01")
    to_checkout(page, choose=False)
    checkout = page.url
    pay_by_card(page)
    expect(page.locator("h1")).to_contain_text(payer.paid)
    page.goto(f"{payer.person.root}/invoices/{invoice}")
    expect(page.locator("section.due")).to_contain_text("$84.40")
    assert [charge.amount for charge in stripe.charges(checkout)] == [5_001]


@BOTH
def test_what_is_taken_back_at_stripe_shows_in_the_open_invoice(
    guests: Guests, servicehub: ServiceHub, stripe: Stripe, payer: Payer
) -> None:
    invoice = issue(servicehub, payer)
    page = pay_in_full(guests, payer, invoice)
    checkout = page.url
    pay_by_card(page)
    expect(page.locator("h1")).to_contain_text(payer.paid)
    page.goto(f"{payer.person.root}/invoices/{invoice}")
    page.evaluate("window.opened = true")
    stripe.refund(checkout, 99)
    expect(page.locator("main")).to_contain_text(payer.given_back)
    stripe.dispute(checkout)
    expect(page.locator("main")).to_contain_text(payer.disputed)
    stripe.close_dispute(checkout, won=True)
    expect(page.locator("main")).to_contain_text(payer.confirmed)
    assert page.evaluate("window.opened"), "the page was reloaded"
    expect(page.locator("section.due")).to_have_count(0)  # what was taken back is not owed again


@pytest.mark.parametrize("altered", ["somebody else's", "absent", "void"])
def test_an_altered_form_leads_nowhere_and_charges_nothing(
    guests: Guests, servicehub: ServiceHub, stripe: Stripe, altered: str
) -> None:
    payer = IN_ENGLISH
    invoice = issue(servicehub, payer)
    page = guests.inside(payer.person)
    go_to(page, payer, invoice)
    target = {"somebody else's": "inv-1036", "absent": "inv-none", "void": invoice}[altered]
    if altered == "void":
        servicehub.act(payer.person.slug, "void", invoice_id=invoice)
        until_refused(page, payer, invoice)
    before = stripe.sessions()
    page.goto("about:blank")  # a page that refreshed itself just then would show the message first
    response = page.request.post(
        f"/billing/{payer.person.slug}/checkouts",
        form={"invoice_id": target, "pay": "balance", "locale": "en"},
        headers={"Origin": guests.portal.public_origin},
        max_redirects=0,
    )
    page.goto(response.headers["location"])
    expect(page.locator(".notices")).to_contain_text("charged")
    assert stripe.sessions() == before


def until_refused(page: Page, payer: Payer, invoice: str) -> None:
    """ServiceHub's word takes a moment to reach billing."""
    body = {"invoice_id": [invoice], "pay": "balance"}
    for _ in range(200):
        if page.request.post(f"/billing/{payer.person.slug}/checkouts", data=body).status == 409:
            return
        page.wait_for_timeout(50)
    raise AssertionError("a void invoice can still be paid")


def issue(servicehub: ServiceHub, payer: Payer) -> str:
    """A new invoice of c-1001 over one line."""
    line = {"description": "Sofa", "unit_price": payer.price}
    done = servicehub.act(payer.person.slug, "invoice", customer_id="c-1001", lines=[line])
    return done[0].id


def pay_in_full(guests: Guests, payer: Payer, invoice: str) -> Page:
    """From the invoice to Stripe's page."""
    page = guests.inside(payer.person)
    go_to(page, payer, invoice)
    to_checkout(page)
    return page


def go_to(page: Page, payer: Payer, invoice: str) -> None:
    """To the invoice; one that was issued this moment may take another to be there."""
    for _ in range(200):
        answer = page.goto(f"{payer.person.root}/invoices/{invoice}")
        if answer and answer.status != 404:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{invoice} does not appear")


def to_checkout(page: Page, *, choose: bool = True) -> None:
    balance = page.locator("input[name=pay][value=balance][type=radio]")
    if choose and balance.count():
        balance.check()
    page.locator("form[data-once] button").click()
    page.wait_for_url(re.compile(r"/c/pay/"))


def pay_by_card(page: Page, number: str = "4242424242424242") -> None:
    page.locator("#card-form [name=card]").fill(number)
    page.locator("#pay").click()
