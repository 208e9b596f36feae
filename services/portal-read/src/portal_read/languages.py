"""Which language a page speaks: of those that both the business and we offer."""

from collections.abc import Iterable, Iterator

from chassis.web.cookies import LANGUAGE_COOKIE
from starlette.requests import Request

from portal_read import pages
from portal_read.access import Visitor


def locale_of(visitor: Visitor, request: Request) -> str:
    """This browser's choice → saved choice → contact's → customer's → Accept-Language → the default."""
    business = visitor.business
    offered = [tag for tag in map(_plain, business.locales) if tag in pages.LOCALES] or [pages.LOCALES[0]]
    wishes = (_plain(wish) for wish in _wishes(visitor, request) if wish)
    return next((wish for wish in wishes if wish in offered), offered[0])


def locale_without_business(request: Request) -> str:
    """The same where no business is known."""
    wishes = (request.cookies.get(LANGUAGE_COOKIE, ""), *_accepted(request))
    return next((tag for tag in map(_plain, wishes) if tag in pages.LOCALES), pages.LOCALES[0])


def _wishes(visitor: Visitor, request: Request) -> Iterable[str | None]:
    yield request.cookies.get(LANGUAGE_COOKIE)  # set by nothing but the language switch
    yield visitor.preferences and visitor.preferences.locale
    yield visitor.contact and visitor.contact.locale
    yield visitor.customer and visitor.customer.locale
    yield from _accepted(request)
    yield visitor.business.default_locale


def _plain(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _accepted(request: Request) -> Iterator[str]:
    """The tags of Accept-Language (RFC 9110, 12.5.4), the most wanted first; q=0 means not wanted."""
    ranked: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((float(weight or 1), tag))
        except ValueError:
            continue
    return (tag for weight, tag in sorted(ranked, key=lambda each: -each[0]) if tag and weight > 0)
