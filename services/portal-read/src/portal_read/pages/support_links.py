"""How to reach the business: what every page that may leave somebody stuck ends with."""

from dataclasses import dataclass

from chassis.words.display import display_phone
from servicehub_events import Business

from portal_read.pages.html import tel_link, web_link


@dataclass(frozen=True, slots=True)
class SupportLinks:
    """Each is None when the business gave none. `phone_link` is a whole `<a>`, for use inside a sentence."""

    phone: str | None
    phone_href: str | None
    phone_link: str | None
    email: str | None
    hours: str | None
    url: str | None


def support_links(business: Business) -> SupportLinks:
    given = business.support
    phone = display_phone(given.phone, business.country) if given.phone else None
    return SupportLinks(
        phone=phone,
        phone_href=f"tel:{given.phone}" if given.phone else None,
        phone_link=tel_link(given.phone, phone) if given.phone and phone else None,
        email=given.email,
        hours=given.hours,
        url=web_link(given.url) if given.url else None,
    )
