"""The processor's page: a line for each invoice, in the payer's language, and the two ways back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from billing.domain.amounts import AmountChoice
from billing.domain.checkout_request import CheckoutLine, CheckoutRequest, checkout_request
from billing.domain.kept_cards import CardUse
from billing.http.checkout_form import CheckoutForm
from billing.http.portal_pages import page_locale
from servicehub_events import Business, as_event
from servicehub_events_tools.testing import samples

from .payment_cases import BEGAN, START
from .test_amounts import owed


def page(locale: str = "en", numbers: Sequence[str] = ("2026-0001",), **changes: Any) -> CheckoutRequest:
    parts = START.allocations * len(numbers)
    return checkout_request(
        replace(START, allocations=parts),
        [owed(number=number, **changes) for number in numbers],
        business="Sparkle Home",
        locale=locale,
        portal="https://portal.example/billing/sample",
        expires_at=BEGAN + timedelta(minutes=55),
        cards=CardUse(),
    )


@pytest.mark.parametrize(
    ("locale", "total", "label"),
    [
        ("en", 5000, "Invoice 2026-0001"),
        ("en", 5001, "Invoice 2026-0001 (part payment)"),
        ("ja", 5000, "請求書 2026-0001"),
        ("ja", 5001, "請求書 2026-0001（一部お支払い）"),
    ],
)
def test_a_line_names_its_invoice_and_says_when_it_is_paid_in_part(
    locale: str, total: int, label: str
) -> None:
    assert page(locale, total=total).lines == [CheckoutLine(label=label, amount=5000)]


@pytest.mark.parametrize(
    ("locale", "description"),
    [
        ("en", "Sparkle Home: Invoice 2026-0001, Invoice 2026-0002"),
        ("ja", "Sparkle Home：請求書 2026-0001、請求書 2026-0002"),
    ],
)
def test_the_payment_is_described_by_its_business_and_its_invoices(locale: str, description: str) -> None:
    assert page(locale, numbers=("2026-0001", "2026-0002")).description == description
    assert page(locale).business == "Sparkle Home"


def test_a_description_of_many_invoices_is_as_long_as_stripe_takes() -> None:
    described = page(numbers=[f"2026-{number:04}" for number in range(100)]).description
    assert (len(described), described[-1]) == (1000, "…")


def test_both_ways_back_name_the_payment_and_one_says_that_it_was_left() -> None:
    back = "https://portal.example/billing/sample/return?payment=pa-1"
    assert (page().paid_url, page().left_url) == (back, f"{back}&left=1")


@pytest.mark.parametrize(
    ("wish", "default", "expected"),
    [("ja", "en", "ja"), ("en-GB", "ja", "en"), ("", "ja", "ja"), ("la", "ja", "ja"), ("la", "la", "en")],
)
def test_the_page_speaks_what_was_asked_for_else_what_the_business_speaks(
    wish: str, default: str, expected: str
) -> None:
    business = as_event(Business, samples.business(), locales=(default,), default_locale=default)
    form = CheckoutForm(("in-1",), AmountChoice("balance"), wish, keep=False)
    assert page_locale(form.locale, business) == expected
