"""Which phone numbers a text may go to: by calling code and by kind of number, never by a guessed country.

Several countries share a calling code (+44 is also Jersey's, +1 also Canada's), and numbers move between
them, so no country can be told from a number for certain. What numbers there are, and which are landlines,
changes faster than any contract may: it is asked of libphonenumber here, and nowhere else.
"""

from collections.abc import Collection
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType as Kind

_NO_TEXTS: Final = {
    Kind.FIXED_LINE: "landline",
    Kind.TOLL_FREE: "toll_free",
    Kind.PREMIUM_RATE: "premium_rate",
    Kind.SHARED_COST: "shared_cost",
    Kind.PERSONAL_NUMBER: "forwards_calls",
    Kind.PAGER: "pager",
    Kind.UAN: "company_access",
    Kind.VOICEMAIL: "voicemail",
}
_SENTENCES: Final = {
    "landline": "is a landline",
    "toll_free": "is a toll-free number",
    "premium_rate": "is a premium-rate number",
    "shared_cost": "is a shared-cost number",
    "forwards_calls": "is a number that forwards calls",
    "pager": "is a pager's number",
    "company_access": "is a company's access number",
    "voicemail": "is a voicemail's number",
    "no_country": "has a country code that no country has",
    "worldwide": "is a satellite's or a worldwide number",
    "no_network": "is a number that no network has",
}
ABROAD: Final = "abroad"
_WORLDWIDE: Final = ("001",)
"""The region that libphonenumber gives to codes of no country: satellites, ships, premium services."""


def why_no_text(phone: str, countries: Collection[str] | None = None) -> str | None:
    """Why a text to this E.164 number is never sent, as the rest of a sentence; None if it may be.

    `countries` (ISO 3166-1) are those whose calling codes are allowed, any without.
    """
    word = no_text_word(phone, countries)
    if word == ABROAD:
        return f"is abroad: texts to +{phonenumbers.parse(phone).country_code} are not allowed"
    return word and _SENTENCES[word]


def no_text_word(phone: str, countries: Collection[str] | None = None) -> str | None:
    """The same as a word for machines: `landline`."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return "no_country"
    code = number.country_code or 0
    if phonenumbers.region_codes_for_country_code(code) == _WORLDWIDE:
        return "worldwide"
    if not phonenumbers.is_valid_number(number):
        return "no_network"
    if kind := _NO_TEXTS.get(phonenumbers.number_type(number)):
        return kind
    if countries is not None and code not in map(phonenumbers.country_code_for_region, countries):
        return ABROAD
    return None
