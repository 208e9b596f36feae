"""Codes: six digits, evenly spread, the same whenever derived again."""

from collections import Counter

import pytest
from auth_otp.domain.codes import derive_code, is_one_of
from hypothesis import given
from hypothesis import strategies as st

PEPPER = bytes(range(32))


def test_codes_are_evenly_spread_and_keep_leading_zeros() -> None:
    codes = [derive_code(PEPPER, f"challenge-{n}", 1) for n in range(20_000)]
    assert {len(code) for code in codes} == {6}
    for place in range(
        6
    ):  # chi-squared, 9 degrees of freedom: above 33.7 once in 10,000; the sample is fixed
        counts = Counter(code[place] for code in codes)
        assert sum((counts[d] - 2000) ** 2 / 2000 for d in "0123456789") < 33.7
    assert sum(code < "100000" for code in codes) == pytest.approx(2000, rel=0.1)


@given(st.binary(min_size=32, max_size=32), st.text(min_size=1), st.integers(1, 9))
def test_a_code_is_derived_again_the_same(pepper: bytes, challenge: str, generation: int) -> None:
    code = derive_code(pepper, challenge, generation)
    assert code == derive_code(pepper, challenge, generation)


def test_challenge_generation_and_pepper_each_change_the_code() -> None:
    codes = {
        derive_code(PEPPER, "a", 1),
        derive_code(PEPPER, "a", 2),
        derive_code(PEPPER, "b", 1),
        derive_code(PEPPER[::-1], "a", 1),
    }
    assert len(codes) == 4


def test_a_code_is_right_if_it_is_any_of_the_living() -> None:
    assert is_one_of("111111", ["000000", "111111"])
    assert is_one_of("000000", ["000000", "111111"])
    assert not is_one_of("222222", ["000000", "111111"])
    assert not is_one_of("222222", [])
