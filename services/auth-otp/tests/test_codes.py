"""Codes: of 6, 8 or 16 digits, evenly spread, the same whenever derived again."""

from collections import Counter

import pytest
from auth_otp.domain.code_lengths import LENGTHS
from auth_otp.domain.codes import derive_code, is_equal
from hypothesis import given
from hypothesis import strategies as st

PEPPER = bytes(range(32))


@pytest.mark.parametrize("digits", LENGTHS)
def test_codes_are_evenly_spread_and_keep_leading_zeros(digits: int) -> None:
    codes = [derive_code(PEPPER, f"challenge-{n}", 1, digits) for n in range(20_000)]
    assert {len(code) for code in codes} == {digits}
    # chi-squared, 9 degrees of freedom: above 33.7 once in 10,000; the sample is fixed
    for place in range(digits):
        counts = Counter(code[place] for code in codes)
        assert sum((counts[d] - 2000) ** 2 / 2000 for d in "0123456789") < 33.7
    assert sum(code.startswith("0") for code in codes) == pytest.approx(2000, rel=0.1)


@given(st.binary(min_size=32, max_size=32), st.text(min_size=1), st.integers(1, 9), st.sampled_from(LENGTHS))
def test_a_code_is_derived_again_the_same(pepper: bytes, challenge: str, number: int, digits: int) -> None:
    code = derive_code(pepper, challenge, number, digits)
    assert code == derive_code(pepper, challenge, number, digits)


def test_challenge_number_pepper_and_length_each_change_the_code() -> None:
    codes = {
        derive_code(PEPPER, "a", 1, 6),
        derive_code(PEPPER, "a", 2, 6),
        derive_code(PEPPER, "b", 1, 6),
        derive_code(PEPPER[::-1], "a", 1, 6),
        derive_code(PEPPER, "a", 1, 8)[:6],
        derive_code(PEPPER, "a", 1, 8)[2:],
    }
    assert len(codes) == 6


def test_only_the_same_digits_are_equal() -> None:
    assert is_equal("111111", "111111")
    assert not is_equal("111111", "111112")
    assert not is_equal("111111", "11111111")
