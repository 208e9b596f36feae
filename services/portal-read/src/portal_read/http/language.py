"""Which language a page speaks: of those that both the business and we offer."""

from collections.abc import Iterator

from chassis.web.cookies import LANGUAGE_COOKIE
from chassis.words.languages import LOCALES, SOURCE_LOCALE, accepted_languages, offered_locale, spoken_locales
from starlette.requests import Request

from portal_read.http.viewer import Visitor


def locale_of(visitor: Visitor, request: Request) -> str:
    """This browser's choice → saved choice → contact's → customer's → Accept-Language → the default."""
    offered = spoken_locales(visitor.business.locales) or [SOURCE_LOCALE]
    return offered_locale(_wishes(visitor, request), offered) or offered[0]


def locale_without_business(request: Request) -> str:
    """The same where no business is known."""
    wishes = (request.cookies.get(LANGUAGE_COOKIE), *_accepted(request))
    return offered_locale(wishes, LOCALES) or SOURCE_LOCALE


def _wishes(visitor: Visitor, request: Request) -> Iterator[str | None]:
    yield request.cookies.get(LANGUAGE_COOKIE)  # set by nothing but the language switch
    yield visitor.preferences and visitor.preferences.locale
    yield visitor.contact and visitor.contact.locale
    yield visitor.customer and visitor.customer.locale
    yield from _accepted(request)
    yield visitor.business.default_locale


def _accepted(request: Request) -> list[str]:
    return accepted_languages(request.headers.get("accept-language", ""))
