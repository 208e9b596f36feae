"""Which language a page speaks; the form leads back to the page that it was on, and nowhere else."""

import secrets

import pytest
from chassis.identity import Viewer
from chassis.settings import KeyRing
from msgspec.structs import replace
from portal_read.http.language import ChosenLanguage, locale_of, remember_chosen
from portal_read.http.preferences import is_inside
from portal_read.http.viewer import PageViewer
from servicehub_events import Contact, Preferences
from servicehub_events_tools.testing import samples
from starlette.requests import Request
from starlette.responses import Response

ROOT = "/portal/sample"


@pytest.mark.parametrize(
    "path", [ROOT, f"{ROOT}/invoices", f"{ROOT}/invoices/in-1?before=in-2", f"{ROOT}/a..b"]
)
def test_pages_of_this_portal_are_inside(path: str) -> None:
    assert is_inside(ROOT, path)


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/portal", "/portal/other", f"{ROOT}-2", "portal/sample", "/auth/sample"),
        *(
            "https://evil.example",
            "//evil.example",
            f"/{ROOT}",
            f"{ROOT}//evil.example",
            "javascript:alert(1)",
        ),
        *(f"{ROOT}/../other", f"{ROOT}/..", f"{ROOT}/%2e%2e/other", f"{ROOT}/.%2E/other", f"{ROOT}/%2E."),
        *(f"{ROOT}\\..\\other", f"{ROOT}/a\r\nSet-Cookie: a=b", f"{ROOT}/\t/x"),
    ],
)
def test_everything_else_is_outside(path: str) -> None:
    assert not is_inside(ROOT, path)


KEYS, OTHER_KEYS = (KeyRing("k1", {"k1": secrets.token_bytes(32)}) for _ in range(2))
BUSINESS = samples.business()
READER = samples.customer().contacts[0]


def asked_with(*cookies: str, accepts: str = "") -> Request:
    headers = [(b"cookie", "; ".join(cookies).encode()), (b"accept-language", accepts.encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


def viewer(locale: str | None = None, version: int = 0, contact: Contact | None = READER) -> PageViewer:
    saved = Preferences(business_id="b-1", contact_id="co-1", locale=locale, kinds={})
    return PageViewer(
        BUSINESS,
        Viewer("signed_in" if contact else "anonymous"),
        replace(samples.customer(), locale=None),
        contact,
        saved if version else None,
        version,
    )


def chosen_here(locale: str, version: int, keys: KeyRing = KEYS, contact_id: str = READER.contact_id) -> str:
    response = Response()
    remember_chosen(keys, BUSINESS.business_id, response, ChosenLanguage(contact_id, version, locale))
    return response.headers["set-cookie"].partition(";")[0]


def test_what_was_saved_wins_on_every_device_over_what_a_browser_or_servicehub_says() -> None:
    reader = replace(READER, locale="en")
    asked = asked_with("__Host-lang=en", accepts="en")
    assert locale_of(viewer("ja", 1, reader), asked, KEYS) == "ja"
    assert locale_of(viewer(None, 1, reader), asked, KEYS) == "en"


def test_until_somebody_chose_the_contacts_own_language_is_spoken() -> None:
    assert locale_of(viewer(contact=replace(READER, locale="ja")), asked_with(accepts="en"), KEYS) == "ja"
    assert locale_of(viewer(contact=replace(READER, locale=None)), asked_with(accepts="ja"), KEYS) == "ja"


def test_what_was_chosen_here_a_moment_ago_is_spoken_until_the_row_is_as_new() -> None:
    asked = asked_with(chosen_here("en", 3))
    assert locale_of(viewer("ja", 2), asked, KEYS) == "en"
    assert locale_of(viewer("ja", 3), asked, KEYS) == "ja"


@pytest.mark.parametrize(
    "cookie",
    [chosen_here("en", 3, OTHER_KEYS), chosen_here("en", 3, contact_id="co-other")],
    ids=["signed elsewhere", "somebody else"],
)
def test_what_somebody_else_chose_or_nobody_signed_is_not_spoken(cookie: str) -> None:
    assert locale_of(viewer("ja", 2), asked_with(cookie), KEYS) == "ja"
