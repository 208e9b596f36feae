"""An amount as a person types it: read exactly, in the invoice's currency, or refused; never guessed."""

import pytest
from billing.domain.amounts import minor_units
from hypothesis import given
from hypothesis import strategies as st
from servicehub_events.money import to_decimal

MOST = 10_000_000


def read(typed: str, currency: str) -> int | None:
    """In minor units; None for what is refused as no amount, or as one that nobody owes."""
    amount = minor_units(typed, currency)
    return amount if amount and amount <= MOST else None


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("5000", "JPY", 5000),
        ("5,000", "JPY", 5000),
        ("¥5,000", "JPY", 5000),
        ("￥５，０００", "JPY", 5000),
        ("５０００円", "JPY", 5000),
        (" 5 000 ", "JPY", 5000),
        ("5\u3000000\u00a0円", "JPY", 5000),
        ("5000.0", "JPY", 5000),
        ("12.50", "USD", 1250),
        ("$12.50", "USD", 1250),
        ("12.5", "USD", 1250),
        ("12", "USD", 1200),
        ("1,234.56", "USD", 123456),
        ("0.01", "USD", 1),
        (".5", "USD", 50),
        ("12.505", "KWD", 12505),
        ("12.5", "KWD", 12500),
    ],
)
def test_what_people_type_is_read_in_the_invoices_currency(typed: str, currency: str, amount: int) -> None:
    assert read(typed, currency) == amount


@pytest.mark.parametrize("currency", ["JPY", "USD", "KWD"])
@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "円", ".", ",", "abc", "5000 yen", "5000JPY", "0", "0.00", "-5", "+-5", "−5", "５－"),
        *("NaN", "sNaN", "-NaN", "Infinity", "inf", "∞", "Ⅴ", "½", "0x10", "1.2.3", "5;DROP", "5\x00"),
        *("9" * 30, "9" * 64, "0." + "0" * 60 + "1"),
    ],
)
def test_what_is_no_amount_is_refused(typed: str, currency: str) -> None:
    assert read(typed, currency) is None


@pytest.mark.parametrize(
    ("typed", "currency"), [("12.5", "JPY"), ("12.505", "USD"), ("12.5055", "KWD"), ("0.5", "JPY")]
)
def test_more_decimals_than_the_currency_has_are_refused_not_rounded(typed: str, currency: str) -> None:
    assert read(typed, currency) is None


@pytest.mark.parametrize("typed", ["1e3", "1E3", "1_000", "1e-1", "1e999999", "9e99999999999999999999", "١٢"])
def test_what_only_a_program_writes_is_refused(typed: str) -> None:
    for currency in ("JPY", "USD", "KWD"):
        assert read(typed, currency) is None


@pytest.mark.parametrize("typed", ["12,50", "1.234,56", "1,2", "1,0000", ",500", "5¥0", "50¥", "円50", "5$"])
def test_a_comma_or_a_sign_in_the_wrong_place_is_refused_not_guessed(typed: str) -> None:
    for currency in ("JPY", "USD", "KWD"):
        assert read(typed, currency) is None


@given(st.integers(1, MOST), st.sampled_from(["JPY", "USD", "KWD"]), st.booleans())
def test_what_we_show_is_read_back_exactly(amount: int, currency: str, grouped: bool) -> None:
    shown = f"{to_decimal(amount, currency):,f}" if grouped else f"{to_decimal(amount, currency):f}"
    assert read(shown, currency) == amount


@given(st.text(max_size=64), st.sampled_from(["JPY", "USD", "KWD"]))
def test_any_text_is_read_or_refused(typed: str, currency: str) -> None:
    amount = read(typed, currency)
    assert amount is None or 0 < amount <= MOST
