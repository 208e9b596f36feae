"""Which language a page speaks: of those that both the business and we offer."""

from collections.abc import Iterator
from typing import Final

import msgspec
from chassis.settings import KeyRing
from chassis.web import SignedCookie
from chassis.web.cookies import LANGUAGE_COOKIE
from chassis.web.signed_cookie import short_of
from chassis.words.languages import LOCALES, SOURCE_LOCALE, accepted_languages, offered_locale, spoken_locales
from starlette.requests import Request
from starlette.responses import Response

from portal_read.http.viewer import PageViewer

_HOUR: Final = 60 * 60


class ChosenLanguage(msgspec.Struct, frozen=True):
    """A language that a contact chose in this browser, saved as `version`, which rows may not know yet."""

    contact_id: str
    version: int
    locale: str


def remember_chosen(keys: KeyRing, business_id: str, response: Response, chosen: ChosenLanguage) -> None:
    """Let the next pages of this browser speak the language before the log has brought the choice back."""
    _cookie(keys, business_id).put(response, msgspec.to_builtins(chosen))


def locale_of(viewer: PageViewer, request: Request, keys: KeyRing | None = None) -> str:
    """Saved choice → this browser's → contact's → customer's → Accept-Language → the default.

    With the `keys` of cookies, what was chosen here a moment ago counts as saved.
    """
    offered = spoken_locales(viewer.business.locales) or [SOURCE_LOCALE]
    return offered_locale(_wishes(viewer, request, keys), offered) or offered[0]


def locale_without_business(request: Request) -> str:
    """The same where no business is known."""
    wishes = (request.cookies.get(LANGUAGE_COOKIE), *_accepted(request))
    return offered_locale(wishes, LOCALES) or SOURCE_LOCALE


def _wishes(viewer: PageViewer, request: Request, keys: KeyRing | None) -> Iterator[str | None]:
    yield keys and _chosen(viewer, request, keys)
    yield viewer.preferences and viewer.preferences.locale
    yield request.cookies.get(LANGUAGE_COOKIE)  # set by nothing but the language switch
    yield viewer.contact and viewer.contact.locale
    yield viewer.customer and viewer.customer.locale
    yield from _accepted(request)
    yield viewer.business.default_locale


def _chosen(viewer: PageViewer, request: Request, keys: KeyRing) -> str | None:
    """What this contact chose in this browser, until the row knows of it."""
    value = _cookie(keys, viewer.business.business_id).read(request.cookies)
    if value is None or viewer.contact is None:
        return None
    try:
        chosen = msgspec.convert(value, ChosenLanguage)
    except msgspec.ValidationError:
        return None
    is_own = chosen.contact_id == viewer.contact.contact_id
    return chosen.locale if is_own and chosen.version > viewer.preferences_version else None


def _cookie(keys: KeyRing, business_id: str) -> SignedCookie:
    return SignedCookie(keys, f"l-{short_of(business_id)}", max_age=_HOUR)


def _accepted(request: Request) -> list[str]:
    return accepted_languages(request.headers.get("accept-language", ""))
