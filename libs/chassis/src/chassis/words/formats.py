"""How people of a language and country write things (CLDR by Babel): the same on a page and in a mail.

Inside an amount, a time or a date every space is a no-break space, so that none of them breaks in two.
"""

import re
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, parse_pattern
from servicehub_events.money import exponent, to_decimal

NBSP = "\u00a0"
_SPACES = str.maketrans({" ": NBSP, "\u202f": NBSP, "\u2009": NBSP})
_DECIMALS = re.compile(r"\.0+")


@cache
def locale_of(language: str, country: str) -> Locale:
    """The locale of the business's country where CLDR has one (en-GB), else of the language alone."""
    try:
        return Locale.parse(f"{language}_{country}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)


def whole(text: str) -> str:
    """The text, unbreakable."""
    return text.translate(_SPACES)


def money(minor: int, currency: str, locale: Locale) -> str:
    """5000 JPY → ¥5,000; 19598 USD → $195.98; 12345 KWD → KWD 12.345; a negative has a real minus sign.

    Every decimal that can be charged is shown: CLDR would round dinars and ariary to whole ones.
    """
    amount = to_decimal(abs(minor), currency)
    pattern = _pattern(locale, exponent(currency))
    text = pattern.apply(amount, locale, currency=currency, currency_digits=False).replace("￥", "¥")
    if text.startswith(currency) and text[3:4].isdigit():
        text = f"{currency} {text[3:]}"
    return ("−" if minor < 0 else "") + whole(text)


@cache
def _pattern(locale: Locale, decimals: int) -> NumberPattern:
    usual = locale.currency_formats["standard"].pattern
    return parse_pattern(_DECIMALS.sub("." + "0" * decimals if decimals else "", usual))
