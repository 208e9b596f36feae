"""Which language a page speaks: of those that both the business and we offer."""

from collections.abc import Iterator

from chassis.web.cookies import LANGUAGE_COOKIE
from chassis.words.languages import LOCALES, SOURCE_LOCALE, accepted_languages, offered_locale, spoken_locales
from starlette.requests import Request

from portal_read.http.viewer import PageViewer


def locale_of(viewer: PageViewer, request: Request) -> str:
    """This browser's choice → saved choice → contact's → customer's → Accept-Language → the default."""
    offered = spoken_locales(viewer.business.locales) or [SOURCE_LOCALE]
    return offered_locale(_wishes(viewer, request), offered) or offered[0]


def locale_without_business(request: Request) -> str:
    """The same where no business is known."""
    wishes = (request.cookies.get(LANGUAGE_COOKIE), *_accepted(request))
    return offered_locale(wishes, LOCALES) or SOURCE_LOCALE


def _wishes(viewer: PageViewer, request: Request) -> Iterator[str | None]:
    yield request.cookies.get(LANGUAGE_COOKIE)  # set by nothing but the language switch
    yield viewer.preferences and viewer.preferences.locale
    yield viewer.contact and viewer.contact.locale
    yield viewer.customer and viewer.customer.locale
    yield from _accepted(request)
    yield viewer.business.default_locale


def _accepted(request: Request) -> list[str]:
    return accepted_languages(request.headers.get("accept-language", ""))
