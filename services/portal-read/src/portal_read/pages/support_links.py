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
    support = business.support
    phone = display_phone(support.phone, business.country) if support.phone else None
    return SupportLinks(
        phone=phone,
        phone_href=f"tel:{support.phone}" if support.phone else None,
        phone_link=tel_link(support.phone, phone) if support.phone and phone else None,
        email=support.email,
        hours=support.hours,
        url=web_link(support.url) if support.url else None,
    )
