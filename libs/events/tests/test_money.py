"""Exact conversion, and sharing without losing a unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servicehub_events.money import EXPONENTS, allocate, exponent, from_decimal, to_decimal


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("JPY", 5000, "5000"), ("USD", 5000, "50.00"), ("KWD", 5000, "5.000"), ("CLF", 1, "0.0001")],
)
def test_the_exponent_is_the_currencys_own(currency: str, amount: int, shown: str) -> None:
    assert to_decimal(amount, currency) == Decimal(shown)
    assert str(to_decimal(amount, currency)) == shown


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(-(2**53), 2**53))
def test_conversion_there_and_back_is_exact(currency: str, amount: int) -> None:
    assert from_decimal(to_decimal(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"), [("1.5", "JPY"), ("0.001", "USD"), ("NaN", "USD"), ("x", "USD")]
)
def test_what_the_currency_cannot_express_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|not an amount"):
        from_decimal(text, currency)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="XXX is not"):
        exponent("XXX")


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any))
def test_parts_sum_to_the_whole_and_are_fair(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)
    whole = sum(weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - amount * weight) < whole


def test_the_largest_remainder_gets_the_unit_and_the_earlier_wins_a_tie() -> None:
    assert allocate(100, [1, 1, 1]) == (34, 33, 33)
    assert allocate(10, [1, 2, 3]) == (2, 3, 5)
    assert allocate(0, [0, 0]) == (0, 0)


def test_there_must_be_something_to_share_over() -> None:
    with pytest.raises(ValueError, match="nothing to share"):
        allocate(1, [0, 0])
    with pytest.raises(ValueError, match="negative"):
        allocate(-1, [1])
