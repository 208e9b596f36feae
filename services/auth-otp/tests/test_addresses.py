"""Variants of an address are one address; what is no address is refused."""

import pytest
from auth_otp.domain.addresses import Address, NotAnAddress, parse_address
from chassis.encryption import BlindIndex
from chassis.settings.keys import KeyRing
from hypothesis import given
from hypothesis import strategies as st
from portal_testing.spellings import EMAILS, PHONES, Spelling

INDEX = BlindIndex(KeyRing("k1", {"k1": bytes(range(32))}))
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
local_parts = st.text("abcdefghijklmnopqrstuvwxyz0123456789._+-", min_size=1, max_size=40)
domains = st.sampled_from(["example.com", "mail.example.co.jp", "xn--wgv71a.example"])
blanks = st.text(" \t\u3000\u200b\ufeff", max_size=3)
between = st.text("-‐‑–—−ーｰ 　.()", max_size=2)


def index_of(typed: str, country: str = "JP") -> str:
    return INDEX.current("b-1", parse_address(typed, country).value)


@given(local_parts, domains, blanks, blanks, st.data())
def test_every_way_to_type_an_email_has_one_index(
    local: str, domain: str, before: str, after: str, data: st.DataObject
) -> None:
    plain = f"{local}@{domain}"
    cased = "".join(data.draw(st.sampled_from([c, c.upper()])) for c in plain)
    typed = before + data.draw(st.sampled_from([cased, cased.translate(FULL_WIDTH)])) + after
    assert index_of(typed) == index_of(plain)


@given(st.integers(10_000_000, 99_999_999), st.data())
def test_every_way_to_type_a_japanese_mobile_number_has_one_index(rest: int, data: st.DataObject) -> None:
    prefix = data.draw(st.sampled_from(["090", "+8190", "８１９０", "+81(0)90", "010 81 90"]))
    prefix = prefix.replace("８１", "＋８１")
    digits = "".join(digit + data.draw(between) for digit in f"{rest}")
    typed = data.draw(st.sampled_from([digits, digits.translate(FULL_WIDTH)]))
    assert index_of(prefix + typed) == INDEX.current("b-1", f"+8190{rest}")


@given(st.text(max_size=60))
def test_any_text_is_an_address_in_its_final_form_or_refused(text: str) -> None:
    try:
        address = parse_address(text, "JP")
    except NotAnAddress:
        return
    assert parse_address(address.value, "") == address
    assert Address.known(address.value) == address


def test_one_address_has_different_indexes_at_different_businesses() -> None:
    assert INDEX.current("b-1", "a@example.com") != INDEX.current("b-2", "a@example.com")


@pytest.mark.parametrize(
    "spelling", PHONES + EMAILS, ids=lambda spelling: f"{spelling.country}:{ascii(spelling.typed)[:60]}"
)
def test_an_address_is_read_however_it_was_typed_and_nothing_else_is_one(spelling: Spelling) -> None:
    if spelling.means is None:
        with pytest.raises(NotAnAddress):
            parse_address(spelling.typed, spelling.country)
    else:
        assert parse_address(spelling.typed, spelling.country) == Address.known(spelling.means)


def test_a_text_that_is_longer_than_any_address_is_none() -> None:
    with pytest.raises(NotAnAddress):
        parse_address(f"Ann {'x' * 600} <a@b.example>", "JP")
