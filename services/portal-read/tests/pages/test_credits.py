"""A credit on the dashboard: what was paid too much and is still held, in each currency."""

from dataclasses import replace

import msgspec
import pytest
import servicehub_events as e
from page_samples import OVERDUE, SETTLED, US_CONTEXT, ny, payment, refunded, view
from portal_read import pages
from rendered import Page

PAID = payment(SETTLED, 19098, "captured", ny(10, 2, 9))


def dashboard(*held: pages.InvoiceView, ctx: pages.PageContext = US_CONTEXT) -> Page:
    return Page(pages.dashboard(ctx, (), (), (), in_credit=held))


def test_a_credit_says_how_much_with_whom_and_of_which_invoice() -> None:
    page = dashboard(view(SETTLED, PAID))
    assert page.says("Your credit", "You have a credit of $20.00 with Sparkle Home.", "Invoice 1031")
    assert US_CONTEXT.invoice_url(SETTLED.invoice_id) in page.all("a", "href")


def test_credits_of_one_currency_are_one_sum_and_of_another_are_another() -> None:
    other = msgspec.structs.replace(SETTLED, invoice_id="inv-x", number="X1")
    yen = msgspec.structs.replace(SETTLED, invoice_id="inv-y", number="Y1", currency="JPY")
    dinar = msgspec.structs.replace(SETTLED, invoice_id="inv-z", number="Z1", currency="KWD")
    bills = (SETTLED, other, yen, dinar)
    page = dashboard(*(view(bill, payment(bill, 19098, "captured", ny(10, 2, 9))) for bill in bills))
    assert page.says("a credit of $40.00", "a credit of ¥2,000", "a credit of KWD 2.000")


@pytest.mark.parametrize(
    "after",
    [
        refunded(PAID, 2000, ny(10, 12, 9)),
        msgspec.structs.replace(PAID, review=e.Review(reason="amount")),
        msgspec.structs.replace(PAID, status="processing"),
    ],
)
def test_what_went_back_or_is_not_there_is_no_credit(after: e.Payment) -> None:
    assert "Your credit" not in dashboard(view(SETTLED, after)).text


def test_a_credit_that_was_used_elsewhere_shrinks() -> None:
    used = e.RecordedRefund(id="u-1", amount=1500, refunded_on=OVERDUE.issued_on, method="other")
    echo = e.RecordedPayment(
        id="r-1",
        method="other",
        amount=19098,
        received_on=OVERDUE.issued_on,
        portal_payment_id=PAID.payment_id,
        refunds=(used,),
    )
    bill = msgspec.structs.replace(SETTLED, recorded_payments=(echo,))
    assert dashboard(view(bill, PAID)).says("a credit of $5.00")


def test_who_may_not_see_invoices_sees_no_credit() -> None:
    assert US_CONTEXT.contact
    only_visits = replace(US_CONTEXT, contact=msgspec.structs.replace(US_CONTEXT.contact, roles=("visits",)))
    assert "Your credit" not in dashboard(view(SETTLED, PAID), ctx=only_visits).text
