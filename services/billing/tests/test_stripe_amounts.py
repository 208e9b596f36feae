"""Stripe's smallest unit is ISO 4217's, but for the currencies that its page on currencies names."""

import pytest
from billing.adapters.stripe_amounts import from_wire, to_wire
from hypothesis import given
from hypothesis import strategies as st
from servicehub_events.money import EXPONENTS, exponent

SAME = ("JPY", "USD", "EUR", "KRW")
TABLE = [
    # ours, currency, Stripe's
    (5000, "JPY", 5000),
    (1250, "USD", 1250),
    (12500, "KWD", 12500),
    (12510, "BHD", 12510),
    (5000, "ISK", 500000),  # kept at two decimals for compatibility, the decimals always 00
    (5000, "UGX", 500000),
    (5000, "MGA", 50),  # zero-decimal at Stripe; ISO 4217 counts the fifth of an ariary with two
]


@pytest.mark.parametrize(("amount", "currency", "wire"), TABLE)
def test_amounts_are_counted_as_stripe_counts(amount: int, currency: str, wire: int) -> None:
    assert to_wire(amount, currency) == wire
    assert from_wire(wire, currency) == amount


@pytest.mark.parametrize(("amount", "currency"), [(12505, "KWD"), (1, "BHD"), (5001, "MGA"), (99, "MGA")])
def test_what_stripe_cannot_be_told_is_refused_not_rounded(amount: int, currency: str) -> None:
    with pytest.raises(ValueError, match=r"steps of ten|a part of"):
        to_wire(amount, currency)


@pytest.mark.parametrize("currency", ["ISK", "UGX"])
def test_a_part_of_our_smallest_unit_is_refused_not_rounded(currency: str) -> None:
    with pytest.raises(ValueError, match="a part of"):
        from_wire(500050, currency)


def test_an_unknown_currency_is_refused() -> None:
    for turn in (to_wire, from_wire):
        with pytest.raises(ValueError, match="ISO 4217"):
            turn(100, "XXX")


@given(st.integers(1, 99_999_999), st.sampled_from(sorted(EXPONENTS)))
def test_there_and_back_is_the_same_or_it_is_refused(amount: int, currency: str) -> None:
    try:
        wire = to_wire(amount, currency)
    except ValueError:
        assert exponent(currency) == 3 or currency == "MGA"
        return
    assert from_wire(wire, currency) == amount


@given(st.integers(1, 99_999_999), st.sampled_from(SAME))
def test_most_currencies_are_counted_alike(amount: int, currency: str) -> None:
    assert to_wire(amount, currency) == amount == from_wire(amount, currency)
