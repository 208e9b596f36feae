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
    Kind.FIXED_LINE: "is a landline",
    Kind.TOLL_FREE: "is a toll-free number",
    Kind.PREMIUM_RATE: "is a premium-rate number",
    Kind.SHARED_COST: "is a shared-cost number",
    Kind.PERSONAL_NUMBER: "is a number that forwards calls",
    Kind.PAGER: "is a pager's number",
    Kind.UAN: "is a company's access number",
    Kind.VOICEMAIL: "is a voicemail's number",
}
_WORLDWIDE: Final = ("001",)
"""The region that libphonenumber gives to codes of no country: satellites, ships, premium services."""


def why_no_text(phone: str, countries: Collection[str] | None = None) -> str | None:
    """Why a text to this E.164 number is never sent; None if it may be.

    `countries` (ISO 3166-1) are those whose calling codes are allowed, any without.
    """
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return "has a country code that no country has"
    code = number.country_code or 0
    if phonenumbers.region_codes_for_country_code(code) == _WORLDWIDE:
        return "is a satellite's or a worldwide number"
    if not phonenumbers.is_valid_number(number):
        return "is a number that no network has"
    if kind := _NO_TEXTS.get(phonenumbers.number_type(number)):
        return kind
    if countries is not None and code not in map(phonenumbers.country_code_for_region, countries):
        return f"is abroad: texts to +{code} are not allowed"
    return None
