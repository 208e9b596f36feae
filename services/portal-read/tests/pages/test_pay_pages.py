"""Before a payment: who may pay what, how much of it, and never a button that leads nowhere."""

from dataclasses import replace
from datetime import date

import listed
import msgspec
import pytest
import servicehub_events as e
from page_samples import (
    DEPOSIT,
    ON_ITS_WAY,
    OVERDUE,
    SPARKLE_SEASON,
    US_CONTEXT,
    ny,
    payment,
    us_invoice,
    view,
)
from page_samples_japan import HIKARI_SEASON, JP_CONTEXT
from paying_samples import BILLING_CODES, takes_parts
from portal_read import pages
from portal_read.pages import FlashMessage, InvoiceView, PageContext
from portal_read.pages.flash_messages import MESSAGES
from portal_read.pages.tips import TypedPayment
from rendered import Page

ONLINE = replace(US_CONTEXT, pays_online=True)
IN_JAPAN = replace(JP_CONTEXT, pays_online=True)
TO_CHECKOUT = "/billing/sparkle-home/checkouts"


def form_of(page: Page) -> dict[str, list[str]]:
    """The values of the page's inputs by name, radio buttons and all."""
    found: dict[str, list[str]] = {}
    for tag, attrs in page.tags:
        if tag == "input" and (name := attrs.get("name")) and name != "return":
            found.setdefault(name, []).append(attrs.get("value") or "")
    return found


def chosen(page: Page) -> list[str | None]:
    return [attrs.get("value") for tag, attrs in page.tags if tag == "input" and "checked" in attrs]


def test_one_invoice_is_paid_straight_from_the_dashboard() -> None:
    page = Page(pages.dashboard(ONLINE, (), (), (view(OVERDUE),)))
    assert TO_CHECKOUT in page.all("form", "action")
    assert form_of(page) == {"invoice_id": ["i-1042"], "locale": ["en"], "pay": ["due"]}
    assert page.says("Pay $95.98")


def test_several_invoices_are_listed_before_they_are_paid() -> None:
    home = Page(pages.dashboard(ONLINE, (), (), SPARKLE_SEASON.invoices))
    assert TO_CHECKOUT not in home.all("form", "action")
    assert home.says("Pay $195.98")
    assert "/portal/sparkle-home/pay" in home.all("a", "href")
    page = Page(pages.pay(ONLINE, SPARKLE_SEASON.invoices))
    assert form_of(page) == {"invoice_id": ["i-1042", "i-1047"], "locale": ["en"], "pay": ["due"]}
    assert page.says("Amount due", "$195.98", "Invoice 1042", "$95.98", "Deposit, invoice 1047", "$100.00")
    assert page.text.index("Deposit, invoice 1047") < page.text.index("Pay $195.98")


def test_every_currency_has_a_button_and_a_form_of_its_own() -> None:
    yen = msgspec.structs.replace(OVERDUE, invoice_id="i-yen", currency="JPY")
    both = (view(OVERDUE), view(DEPOSIT), view(yen))
    home = Page(pages.dashboard(ONLINE, (), (), both))
    assert home.says("Pay $215.98", "Pay ¥9,598")
    assert "/portal/sparkle-home/pay?invoice=i-1042&invoice=i-1047" in home.all("a", "href")
    assert form_of(home)["invoice_id"] == ["i-yen"]
    page = Page(pages.pay(ONLINE, both))
    assert page.all("form", "action").count(TO_CHECKOUT) == 2
    assert form_of(page)["invoice_id"] == ["i-1042", "i-1047", "i-yen"]


def test_a_card_is_kept_by_a_tick_that_nobody_made_beforehand_where_the_business_keeps_cards() -> None:
    keeps = replace(ONLINE, business=msgspec.structs.replace(ONLINE.business, saved_cards=True))
    for ctx in (keeps, ONLINE):
        for html in (pages.invoice(ctx, takes_parts(view(OVERDUE))), pages.pay(ctx, (view(OVERDUE),))):
            assert form_of(Page(html)).get("keep") == (["1"] if ctx is keeps else None)
            assert "1" not in chosen(Page(html))
    page = Page(pages.pay(keeps, (view(OVERDUE),)))
    assert page.says("Keep this card for next time", "You can remove it in Settings.")
    together = Page(pages.pay(keeps, SPARKLE_SEASON.invoices))
    assert form_of(together)["keep"] == ["1"]
    assert "keep" not in form_of(Page(pages.dashboard(keeps, (), (), (view(OVERDUE),))))


@pytest.mark.parametrize(
    "ctx",
    [
        US_CONTEXT,
        replace(ONLINE, contact=e.Contact(contact_id="k-1", name="H", roles=("visits", "invoices"))),
    ],
    ids=["a business that cannot be paid online", "a contact without the role"],
)
def test_who_cannot_pay_here_is_told_whom_to_ask_and_sees_no_button(ctx: PageContext) -> None:
    for html in (
        pages.dashboard(ctx, (), (), SPARKLE_SEASON.invoices),
        listed.invoices(ctx, SPARKLE_SEASON.invoices),
        pages.invoice(ctx, takes_parts(view(DEPOSIT))),
        pages.pay(ctx, SPARKLE_SEASON.invoices),
        pages.pay(ctx, (view(OVERDUE),)),
    ):
        page = Page(html)
        assert "billing" not in " ".join(page.all("form", "action"))
        assert "/pay" not in " ".join(page.all("a", "href"))
        assert page.says("To pay or to ask about it, contact Sparkle Home.")


def test_a_contact_with_the_pay_role_alone_can_pay() -> None:
    ctx = replace(ONLINE, contact=e.Contact(contact_id="k-1", name="H", roles=("pay",)))
    assert TO_CHECKOUT in Page(pages.invoice(ctx, view(OVERDUE))).all("form", "action")


def test_an_invoice_without_a_choice_has_one_button() -> None:
    page = Page(pages.invoice(ONLINE, view(OVERDUE)))
    assert form_of(page) == {"invoice_id": ["i-1042"], "locale": ["en"], "pay": ["balance"]}
    assert page.says("Pay $95.98", "You pay on the secure page of Stripe.")


def test_a_missing_deposit_is_the_first_choice_until_the_rest_is_late() -> None:
    page = Page(pages.invoice(ONLINE, view(DEPOSIT)))
    assert form_of(page)["pay"] == ["deposit", "balance"]
    assert chosen(page) == ["deposit"]
    assert page.says("Rest of the deposit $120.00", "In full $489.94", "Continue to payment")
    late = Page(pages.invoice(replace(ONLINE, now=ny(12, 13, 9)), view(DEPOSIT)))
    assert form_of(late)["pay"] == ["deposit", "balance"]
    assert chosen(late) == ["balance"]


def costing(amount: int, currency: str = "USD", invoice_id: str = "i-odd") -> InvoiceView:
    """An open invoice of this amount, in minor units, of which nothing is paid."""
    changes = {"invoice_id": invoice_id, "total": amount, "currency": currency, "recorded_payments": ()}
    return view(msgspec.structs.replace(OVERDUE, **changes))


@pytest.mark.parametrize(
    ("amount", "currency", "why"),
    [
        (49, "USD", "Online payments start at $0.50."),
        (49, "JPY", "Online payments start at ¥50."),
        (17_499, "HUF", "Online payments start at HUF 175.00."),
        (100_000_000, "USD", "At most $999,999.99 can be paid online at once."),
        (1_000_000, "ISK", "At most ISK 999,999 can be paid online at once."),
        (1_255, "KWD", "Only multiples of KWD 0.010 can be paid online."),
    ],
)
def test_an_amount_that_nobody_can_pay_online_has_no_button_and_says_why(
    amount: int, currency: str, why: str
) -> None:
    odd = costing(amount, currency)
    for html in (
        pages.dashboard(ONLINE, (), (), (odd,)),
        listed.invoices(ONLINE, (odd,)),
        pages.invoice(ONLINE, odd),
        pages.pay(ONLINE, (odd,)),
    ):
        page = Page(html)
        assert "billing" not in " ".join(page.all("form", "action"))
        assert "/pay" not in " ".join(page.all("a", "href"))
        assert page.says(why, "To pay or to ask about it, contact Sparkle Home.")


def test_small_invoices_can_be_paid_together() -> None:
    page = Page(pages.pay(ONLINE, (costing(30, invoice_id="i-1"), costing(30, invoice_id="i-2"))))
    assert form_of(page)["invoice_id"] == ["i-1", "i-2"]
    assert page.says("Pay $0.60")


@pytest.mark.parametrize(
    ("amount", "count", "paid"), [(1000, 101, 100), (60_000_000, 2, 1), (40_000_000, 3, 2)]
)
def test_as_many_as_one_payment_can_pay_are_paid_first(amount: int, count: int, paid: int) -> None:
    page = Page(pages.pay(ONLINE, [costing(amount, invoice_id=f"i-{n:03}") for n in range(count)]))
    assert form_of(page)["invoice_id"] == [f"i-{n:03}" for n in range(paid)]
    assert page.says("This pays the first", "Pay the others after")


def test_a_deposit_that_leaves_too_little_is_no_choice() -> None:
    deposit = e.Deposit(amount=OVERDUE.total - 49, due_on=date(2026, 12, 1))
    page = Page(pages.invoice(ONLINE, view(msgspec.structs.replace(OVERDUE, deposit=deposit))))
    assert form_of(page)["pay"] == ["balance"]


def test_what_is_too_much_at_once_can_be_paid_in_parts_where_the_business_takes_them() -> None:
    page = Page(pages.invoice(ONLINE, takes_parts(costing(150_000_000))))
    assert form_of(page)["pay"] == ["amount"]
    assert chosen(page) == ["amount"]
    assert page.says("$10.00 to $999,999.99")


def test_an_amount_of_ones_own_says_from_where_to_where() -> None:
    page = Page(pages.invoice(ONLINE, takes_parts(view(OVERDUE))))
    assert form_of(page)["pay"] == ["balance", "amount"]
    assert form_of(page)["amount"] == [""]
    assert page.says("Another amount", "$10.00 to $95.98")
    assert "decimal" in page.all("input", "inputmode")
    yen = Page(pages.pay(IN_JAPAN, (takes_parts(HIKARI_SEASON.invoices[0]),)))
    assert yen.says("金額を指定", "¥1,000〜¥6,850", "お支払いへ進む")
    assert yen.all("input", "inputmode") == ["numeric"]


@pytest.mark.parametrize(
    "shown",
    [
        takes_parts(view(OVERDUE), minimum=9598),
        view(msgspec.structs.replace(OVERDUE, partial_payment=e.PartialPayment(allowed=False, minimum=1))),
    ],
    ids=["the least is all of it", "not allowed"],
)
def test_an_amount_that_nobody_could_choose_is_not_offered(shown: InvoiceView) -> None:
    assert form_of(Page(pages.invoice(ONLINE, shown)))["pay"] == ["balance"]


def test_a_refused_amount_stays_in_its_field_beside_what_would_do() -> None:
    params = {"minimum": "1000", "maximum": "9598", "currency": "USD"}
    ctx = replace(ONLINE, flash=FlashMessage("pay_amount_invalid", params))
    page = Page(pages.pay(ctx, (takes_parts(view(OVERDUE)),), TypedPayment("amount", "5 dollars")))
    assert form_of(page)["amount"] == ["5 dollars"]
    assert chosen(page) == ["amount"]
    assert page.all("input", "aria-invalid") == ["true"]
    assert page.says("Please enter an amount from $10.00 to $95.98.")


@pytest.mark.parametrize("params", [{}, {"minimum": "x", "maximum": "9", "currency": "USD"},
                                    {"minimum": "1", "maximum": "9", "currency": "<b>"}])  # fmt: skip
def test_a_refusal_without_usable_bounds_still_says_that_nothing_happened(params: dict[str, str]) -> None:
    page = Page(pages.pay(replace(ONLINE, flash=FlashMessage("pay_amount_invalid", params)), ()))
    assert page.says("That amount is not possible. Nothing was charged.")


def test_every_refusal_of_billing_has_words() -> None:
    assert set(BILLING_CODES) <= set(MESSAGES)


def test_with_nothing_payable_there_is_nothing_to_press() -> None:
    waiting = view(ON_ITS_WAY, payment(ON_ITS_WAY, 17098, "processing", ny(11, 19, 9)))
    page = Page(pages.pay(ONLINE, (waiting,)))
    assert page.says("Your payment is on its way", "$170.98 is being processed. Please don’t pay it again.")
    assert TO_CHECKOUT not in page.all("form", "action")


def test_what_is_being_processed_is_the_payment_and_not_the_rest() -> None:
    deposit = view(DEPOSIT, payment(DEPOSIT, 12000, "processing", ny(11, 19, 9)))
    page = Page(pages.dashboard(ONLINE, (), (), (deposit,)))
    assert page.says("$120.00 is being processed.")


def test_zero_is_never_a_form() -> None:
    free = view(us_invoice(7, date(2026, 12, 1), (0, 0)))
    assert TO_CHECKOUT not in Page(pages.invoice(ONLINE, free)).all("form", "action")


ASKED = replace(
    ONLINE,
    second_proof=True,
    path="/portal/sparkle-home/pay?invoice=i-1042",
    contact=e.Contact(contact_id="k-1", name="H", email="h@mail.example", phone="+12125550100"),
)


def test_who_is_asked_for_a_second_proof_gives_it_on_the_pay_page_and_comes_back() -> None:
    for html in (pages.dashboard(ASKED, (), (), (view(OVERDUE),)), pages.invoice(ASKED, view(OVERDUE))):
        page = Page(html)
        assert TO_CHECKOUT not in page.all("form", "action")
        assert "/portal/sparkle-home/pay?invoice=i-1042" in page.all("a", "href")
    page = Page(pages.pay(ASKED, (view(OVERDUE),)))
    actions = page.all("form", "action")
    assert TO_CHECKOUT not in actions
    assert "/auth/sparkle-home/codes" in actions
    assert "/auth/sparkle-home/passkeys/sessions" in actions
    assert form_of(page)["back"] == ["pay?invoice=i-1042"] * 2
    assert page.says("First, confirm it’s you.", "Enter h•••@mail.example or •••00", "Send me a code")


@pytest.mark.parametrize("contact", [("h@mail.example", None), (None, "+12125550100")])
def test_who_has_one_address_is_told_what_to_do_in_place_of_a_button(
    contact: tuple[str | None, str | None],
) -> None:
    alone = e.Contact(contact_id="k-1", name="H", email=contact[0], phone=contact[1])
    page = Page(pages.pay(replace(ASKED, contact=alone), (view(OVERDUE),)))
    assert "/auth/sparkle-home/codes" not in page.all("form", "action")
    assert page.says("Ask them to add the other", "contact Sparkle Home.")


def test_who_may_not_pay_is_asked_for_nothing() -> None:
    viewer = e.Contact(contact_id="k-1", name="H", roles=("invoices",))
    page = Page(pages.pay(replace(ASKED, contact=viewer), (view(OVERDUE),)))
    assert "/auth/sparkle-home/codes" not in page.all("form", "action")
