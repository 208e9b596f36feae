"""How to reach the business: what every page that may leave somebody stuck ends with."""

from dataclasses import dataclass

import phonenumbers
from servicehub_events import Business

from portal_read.pages.links import tel_link, web_link


@dataclass(frozen=True, slots=True)
class Support:
    """Each is None when the business gave none. `phone_link` is a whole `<a>`, for use inside a sentence."""

    phone: str | None
    phone_href: str | None
    phone_link: str | None
    email: str | None
    hours: str | None
    url: str | None


def support_of(business: Business) -> Support:
    given = business.support
    phone = national_phone(given.phone, business.country) if given.phone else None
    return Support(
        phone=phone,
        phone_href=f"tel:{given.phone}" if given.phone else None,
        phone_link=tel_link(given.phone, phone) if given.phone and phone else None,
        email=given.email,
        hours=given.hours,
        url=web_link(given.url) if given.url else None,
    )


def national_phone(number: str, country: str) -> str:
    """As people of the country write it, (212) 555-0142; other countries' numbers get their +code.

    What is no E.164 number is shown as it came.
    """
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return number
    home = parsed.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
