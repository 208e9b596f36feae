"""A message that carries a code can be pasted whole: sign-in reads the code out of it."""

from datetime import timedelta

import pytest
from auth_otp.domain.typed_text import read_code
from chassis.words.languages import LOCALES
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from notifier.messages.brand import Brand, brand_of
from notifier.messages.sign_in_code import code_email, code_sms
from servicehub_events_tools.testing import samples

HOST = "my24.123456.example"
CODES = st.sampled_from(["404849", "04271983", "0427198312345678"])
NAMES = ["24/7 Fx Cleaning", "Studio 54", "365日清掃", "Fx 4U", "90210", "ひかり清掃", "1-2-3 Moving"]


def brand(name: str, country: str = "US") -> Brand:
    business = replace(samples.business(), name=name, country=country)
    return brand_of(business, f"https://{HOST}")


def in_one_line(text: str) -> str:
    """As a field of one line makes it of a pasted text, where scripts are off."""
    return text.replace("\n", " ")


@given(
    name=st.text("ab 0123456789-/#:清掃", min_size=1, max_size=40),
    code=CODES,
    locale=st.sampled_from(LOCALES),
)
def test_a_text_message_is_read_whatever_the_business_is_called(name: str, code: str, locale: str) -> None:
    text = code_sms(locale, brand(name), code, HOST)
    assert read_code(text) == read_code(in_one_line(text)) == code


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("country", ["US", "JP"])
@pytest.mark.parametrize("name", NAMES)
def test_a_mail_is_read_though_names_and_phones_hold_digits(name: str, country: str, locale: str) -> None:
    text = code_email(locale, brand(name, country), "404849", timedelta(minutes=10), "10:42").text
    assert read_code(text) == read_code(in_one_line(text)) == "404849"
