"""Phone numbers, card brands and Japanese names as people read them."""

from functools import lru_cache
from typing import Final

import phonenumbers

_CARD_BRANDS: Final = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "link": "Link",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}


def card_brand(brand: str | None) -> str | None:
    """The name of the brand that Stripe's `card.brand` stands for; None for `unknown` and any other word."""
    return _CARD_BRANDS.get(brand or "")


def with_honorific(name: str, honorific: str | None, *, organisation: bool, between: str = " ") -> str:
    """高橋 由美 様; organisations get 御中; a name that ends with one stays as it is."""
    honorific = honorific or ("御中" if organisation else "様")
    return name if name.endswith((honorific, "御中", "様")) else f"{name}{between}{honorific}"


@lru_cache(maxsize=1024)
def display_phone(number: str, country: str) -> str:
    """As people of the country write it, (212) 555-0142; other countries' numbers get their +code.

    What is no E.164 number is shown as it came.
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    at_home = parsed.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if at_home else style.INTERNATIONAL)
