"""What is read in the field of a code: the table of spellings, and any text at all."""

import pytest
from auth_otp.domain.code_lengths import LENGTHS
from auth_otp.domain.codes import derive_code
from auth_otp.domain.typed_text import plain_text, read_code
from hypothesis import given
from hypothesis import strategies as st
from portal_testing.spellings import CODES, Spelling

PEPPER = bytes(range(32))
DIGITS = st.text("0123456789", min_size=16, max_size=16)
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@pytest.mark.parametrize("spelling", CODES, ids=lambda spelling: ascii(spelling.typed)[:60])
def test_a_code_is_read_however_it_was_typed_and_nothing_else_is_a_code(spelling: Spelling) -> None:
    assert read_code(spelling.typed) == spelling.means


@given(st.text(min_size=1), st.integers(1, 9), st.sampled_from(LENGTHS))
def test_a_code_that_is_sent_can_be_read(challenge: str, code_number: int, digits: int) -> None:
    code = derive_code(PEPPER, challenge, code_number, digits)
    assert read_code(code) == code


@given(DIGITS, st.sampled_from([6, 8, 16]), st.sampled_from(["", " ", "-", "ー", "\u2011", "\u3000"]))
def test_a_code_is_the_same_in_any_groups_and_width(digits: str, length: int, between: str) -> None:
    code = digits[:length]
    typed = between.join(code)
    assert read_code(typed) == read_code(typed.translate(FULL_WIDTH)) == code


@given(st.text(max_size=200))
def test_any_text_is_a_code_of_6_8_or_16_digits_or_none(text: str) -> None:
    code = read_code(text)
    assert code is None or (len(code) in (6, 8, 16) and code.isascii() and code.isdigit())
    assert code is None or read_code(code) == code


@given(st.text("ab /:@.#-\n0123456789", max_size=80))
def test_a_code_is_written_in_the_text_that_it_is_read_from(text: str) -> None:
    assert (read_code(text) or "") in text.replace(" ", "").replace("-", "")


def test_text_is_plain_once_it_is_in_half_width_and_all_of_it_is_seen() -> None:
    assert plain_text("ａ\u200bｎ\u202eｎ\x00 ｘ\ty") == "ann x\ty"
