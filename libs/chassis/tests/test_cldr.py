"""Amounts as people write them, exactly."""

import re

import pytest
from chassis.words import formats
from chassis.words.formats import NBSP
from servicehub_events.money import EXPONENTS

_LOCALES = [formats.locale_of("en", "US"), formats.locale_of("en", "IN"), formats.locale_of("ja", "JP")]


@pytest.mark.parametrize(
    ("minor", "currency", "language", "country", "expected"),
    [
        (19598, "USD", "en", "US", "$195.98"),
        (2000, "USD", "en", "GB", "US$20.00"),
        (5000, "JPY", "ja", "JP", "¥5,000"),
        (5000, "JPY", "en", "US", "¥5,000"),
        (-1250, "USD", "en", "US", "−$12.50"),
        (12345, "KWD", "en", "US", f"KWD{NBSP}12.345"),
        (123450, "RSD", "en", "US", f"RSD{NBSP}1,234.50"),
        (12345, "IQD", "ja", "JP", f"IQD{NBSP}12.345"),
        (12345678, "INR", "en", "IN", "₹1,23,456.78"),
    ],
)
def test_money(minor: int, currency: str, language: str, country: str, expected: str) -> None:
    assert formats.money(minor, currency, formats.locale_of(language, country)) == expected


@pytest.mark.parametrize("locale", _LOCALES, ids=str)
def test_no_currency_loses_a_digit(locale: object) -> None:
    for currency in EXPONENTS:
        text = formats.money(123456789, currency, formats.locale_of(*str(locale).split("_")))
        assert re.sub(r"\D", "", text.replace(currency, "")) == "123456789", text
        shown = len(text) - text.rindex(".") - 1 if "." in text else 0
        assert shown == EXPONENTS[currency], text


def test_an_unknown_country_falls_back_to_the_language() -> None:
    assert str(formats.locale_of("ja", "XX")) == "ja"
