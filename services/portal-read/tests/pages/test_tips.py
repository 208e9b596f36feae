"""A tip on the pages: offered and never chosen, bounded, in both languages, and said with what was paid."""

from dataclasses import replace
from datetime import date

import msgspec
import pytest
from page_samples import OVERDUE, SPARKLE_SEASON, US_CONTEXT, in_locale, payment, view
from page_samples_japan import JP_CONTEXT
from paying_samples import AT, takes_parts, tip_back, tipped
from portal_read import pages
from portal_read.pages import FlashMessage, PageContext
from portal_read.pages.tips import TypedPayment, read_typed
from portal_read.ports import LinkedPayment, LinkOffer
from rendered import Page
from servicehub_events import Tips

OFFER = LinkOffer("1052", 17098, "USD", date(2026, 11, 28), deposit=False)


def taking(tips: Tips | None = None, ctx: PageContext = US_CONTEXT) -> PageContext:
    """A business that takes tips, in tenths if nothing else is said."""
    offered = tips or Tips(percentages=(10, 15))
    return replace(ctx, business=msgspec.structs.replace(ctx.business, tips=offered), pays_online=True)


def tips_on(page: Page) -> list[tuple[str | None, bool]]:
    """The choices by their values, and which is chosen."""
    return [
        (attrs.get("value"), "checked" in attrs)
        for tag, attrs in page.tags
        if tag == "input" and attrs.get("name") == "tip"
    ]


def test_none_is_chosen_and_each_offered_one_is_a_sum() -> None:
    for html in (
        pages.pay(taking(), (view(OVERDUE),)),
        pages.invoice(taking(), view(OVERDUE)),
        pages.pay_link(taking(), OFFER._replace(amount=9598), "token"),
    ):
        page = Page(html)
        assert tips_on(page) == [("0", True), ("960", False), ("1440", False), ("own", False)]
        assert page.says("Add a tip?", "No tip", "10%", "$9.60", "15%", "$14.40", "Another amount")
        assert page.says("up to $95.98", "It goes to Sparkle Home, on top of the invoice.")
        assert page.says("Continue to payment")
        assert "Pay $95.98" not in page.text


def test_several_invoices_have_one_tip_of_their_sum() -> None:
    page = Page(pages.pay(taking(), SPARKLE_SEASON.invoices))
    assert tips_on(page) == [("0", True), ("1960", False), ("2940", False), ("own", False)]


def test_no_page_speaks_of_tips_where_none_are_taken() -> None:
    online = replace(US_CONTEXT, pays_online=True)
    for html in (
        pages.pay(online, (view(OVERDUE),)),
        pages.pay(online, SPARKLE_SEASON.invoices),
        pages.invoice(online, view(OVERDUE)),
        pages.pay_link(online, OFFER, "token"),
    ):
        assert tips_on(Page(html)) == []


def test_the_dashboard_leads_to_where_a_tip_can_be_added() -> None:
    page = Page(pages.dashboard(taking(), (), (), (view(OVERDUE),)))
    assert page.says("Pay $95.98")
    assert "/portal/sparkle-home/pay" in page.all("a", "href")
    assert "/billing/sparkle-home/checkouts" not in page.all("form", "action")


@pytest.mark.parametrize(
    ("tips", "values"),
    [
        (Tips(), ["0", "own"]),
        (Tips(amounts=(500, 1000)), ["0", "500", "1000", "own"]),
        (Tips(amounts=(500, 99_999_999)), ["0", "500", "own"]),
        (Tips(percentages=(1, 100)), ["0", "96", "9598", "own"]),
    ],
)
def test_what_could_not_be_taken_is_not_offered(tips: Tips, values: list[str]) -> None:
    page = Page(pages.pay(taking(tips), (view(OVERDUE),)))
    assert [value for value, _ in tips_on(page)] == values


def test_fixed_sums_are_of_the_businesss_currency_alone() -> None:
    ctx = taking(Tips(amounts=(500,)), JP_CONTEXT)
    yen = msgspec.structs.replace(OVERDUE, currency="JPY")
    assert [value for value, _ in tips_on(Page(pages.pay(ctx, (view(yen),))))] == ["0", "500", "own"]
    assert [value for value, _ in tips_on(Page(pages.pay(ctx, (view(OVERDUE),))))] == ["0", "own"]


def test_a_refused_form_comes_back_as_it_was_with_the_reason() -> None:
    params = {"minimum": "1", "maximum": "9598", "currency": "USD"}
    ctx = replace(taking(), flash=FlashMessage("pay_tip_invalid", params))
    page = Page(pages.pay(ctx, (takes_parts(view(OVERDUE)),), TypedPayment("amount", "40", "own", "999")))
    assert page.says("That tip is not possible.", "Nothing was charged.", "from $0.01 to $95.98")
    assert tips_on(page)[-1] == ("own", True)
    typed = {attrs.get("name"): attrs.get("value") for tag, attrs in page.tags if tag == "input"}
    assert (typed["amount"], typed["tip_amount"]) == ("40", "999")
    assert [
        attrs.get("value")
        for tag, attrs in page.tags
        if tag == "input" and attrs.get("name") == "pay" and "checked" in attrs
    ] == ["amount"]


def test_what_billing_kept_of_a_form_is_read_and_what_is_no_form_is_nothing() -> None:
    assert read_typed("amount\n40\nown\n5.00") == TypedPayment("amount", "40", "own", "5.00")
    assert read_typed("") == TypedPayment()
    assert read_typed("a\nb\nc\nd\ne\nf").tip_amount == "d"


def test_what_was_paid_is_the_whole_and_says_what_of_it_was_tip() -> None:
    paid = tipped(payment(OVERDUE, 9598, "captured", AT), 1000)
    page = Page(pages.result(US_CONTEXT, paid, [view(OVERDUE, paid)], came_back=False))
    assert page.says("Paid. Thank you.", "$105.98", "Includes a tip of $10.00.", "$95.98")
    by_link = pages.paid_by_link(US_CONTEXT, LinkedPayment("1042", opens=False, payment=paid), "/again").html
    assert Page(by_link).says("$105.98", "Includes a tip of $10.00.")
    invoice = Page(pages.invoice(US_CONTEXT, view(OVERDUE, paid)))
    assert invoice.says("$95.98", "and a tip of $10.00")
    assert "credit" not in invoice.text


def test_a_tip_that_went_back_is_told_with_its_refund_or_by_itself() -> None:
    alone = tip_back(tipped(payment(OVERDUE, 9598, "captured", AT), 1000))
    page = Page(pages.result(US_CONTEXT, alone, [view(OVERDUE, alone)], came_back=False))
    assert page.says("Paid. Thank you.", "$10.00 refunded")


def test_in_japanese_it_reads_as_one_says_it() -> None:
    season = in_locale(SPARKLE_SEASON, "ja")
    page = Page(pages.pay(taking(ctx=season.ctx), (view(OVERDUE),)))
    assert page.says("チップ（任意）", "チップなし", "ご請求額には含まれません。")
    paid = tipped(payment(OVERDUE, 9598, "captured", AT), 1000)
    result = Page(pages.result(season.ctx, paid, [view(OVERDUE, paid)], came_back=False))
    assert result.says("うちチップ")
