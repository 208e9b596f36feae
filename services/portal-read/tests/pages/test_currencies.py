"""A page says amounts with the decimals of their currency, and offers no payment that Stripe refuses."""

from dataclasses import replace

import msgspec
import pytest
from page_samples import OVERDUE, US_CONTEXT, view
from page_samples_japan import JP_CONTEXT
from portal_read import pages
from portal_read.pages import InvoiceView, PageContext
from portal_testing.currencies import CURRENCIES, Counted
from rendered import Page

CONTEXTS = (replace(US_CONTEXT, pays_online=True), replace(JP_CONTEXT, pays_online=True))
MONEY = pytest.mark.parametrize("money", CURRENCIES, ids=str)
LANGUAGE = pytest.mark.parametrize("ctx", CONTEXTS, ids=["en", "ja"])


def costing(amount: int, currency: str) -> InvoiceView:
    """An open invoice of this amount, in minor units, of which nothing is paid."""
    changes = {"total": amount, "currency": currency, "recorded_payments": ()}
    return view(msgspec.structs.replace(OVERDUE, **changes))


def can_be_paid(ctx: PageContext, amount: int, currency: str) -> bool:
    """Whether the page of such an invoice leads to Checkout."""
    actions = Page(pages.invoice(ctx, costing(amount, currency))).all("form", "action")
    return any(action.endswith("/checkouts") for action in actions if action)


@MONEY
@LANGUAGE
def test_the_page_of_an_invoice_and_the_one_to_pay_on_say_the_amount(
    ctx: PageContext, money: Counted
) -> None:
    owed = costing(money.amount, money.currency)
    for html in (pages.invoice(ctx, owed), pages.pay(ctx, (owed,)), pages.dashboard(ctx, (), (), (owed,))):
        assert money.shown in Page(html).text.replace("\u00a0", " ")


@MONEY
@LANGUAGE
def test_what_stripe_takes_has_a_button_and_what_it_does_not_take_has_none(
    ctx: PageContext, money: Counted
) -> None:
    taken = (money.amount, money.least, money.most)
    assert [can_be_paid(ctx, amount, money.currency) for amount in taken] == [True, True, True]
    refused = [money.least - 1, money.most + 1] + [money.amount + 1] * (money.step > 1)
    assert not any(can_be_paid(ctx, amount, money.currency) for amount in refused if amount)
