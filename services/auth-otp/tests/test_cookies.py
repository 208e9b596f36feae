"""The cookies of sign-in: each bound to one business, signed, and out of reach of scripts."""

from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie

import pytest
from auth_otp.domain.sign_in import HeldChallenge
from auth_otp.http.browser_cookies import BrowserCookies, sign_out_of_all
from auth_otp.service import build
from chassis.identity import cookie_name
from servicehub_events import SignedIn, as_event
from servicehub_events_tools.testing import samples
from starlette.requests import Request
from starlette.responses import Response

from .test_settings import settings_of

CTX, STRANGER = build(settings_of()), build(settings_of())
NOW = datetime.now(UTC)
SESSION = as_event(
    SignedIn, samples.session(), business_id="b-1", issued_at=NOW, expires_at=NOW + timedelta(days=1)
)


def request(cookies: dict[str, str]) -> Request:
    text = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return Request({"type": "http", "headers": [(b"cookie", text.encode())]})


def held(cookies: dict[str, str], business_id: str = "b-1") -> BrowserCookies:
    return BrowserCookies(CTX, request(cookies), business_id)


def written(response: Response) -> SimpleCookie:
    jar = SimpleCookie()
    for value in response.headers.getlist("set-cookie"):
        jar.load(value)
    return jar


def kept(response: Response, before: dict[str, str] | None = None) -> dict[str, str]:
    """What a browser holds after an answer."""
    jar = dict(before or {})
    for name, morsel in written(response).items():
        jar.pop(name, None)
        if morsel["max-age"] != "0":
            jar[name] = morsel.value
    return jar


def challenge(challenge_id: str, shown: str = "a@example.com", digits: int = 6) -> HeldChallenge:
    return HeldChallenge(challenge_id, shown, digits)


def everything(ctx: BrowserCookies) -> Response:
    response = Response()
    ctx.hold_challenge(response, challenge("c1"))
    ctx.hold_choice(response, "w1")
    ctx.know(response, "k1")
    ctx.hold_session(response, SESSION, 3)
    return response


def test_what_a_browser_was_given_it_holds() -> None:
    mine = held(kept(everything(held({}))))
    assert (mine.challenges, mine.choice_id, mine.browser_id) == ([challenge("c1")], "w1", "k1")
    assert (mine.address_shown, held({}).address_shown) == ("a@example.com", "")
    assert mine.session
    assert (mine.session.session_id, mine.session.generation) == (SESSION.session_id, 3)


def test_a_browser_holds_its_newest_challenges_one_an_address() -> None:
    jar: dict[str, str] = {}
    asked = [challenge("c1", "a"), challenge("c2", "b"), challenge("c3", "a", 8), challenge("c4", "c")]
    for one in [*asked, challenge("c5", "d")]:
        response = Response()
        held(jar).hold_challenge(response, one)
        jar = kept(response, jar)
    assert [one.id for one in held(jar).challenges] == ["c5", "c4", "c3"]


def test_every_cookie_is_bound_to_this_host_and_hidden_from_scripts() -> None:
    jar = written(everything(held({})))
    assert len(jar) == 4
    for name, morsel in jar.items():
        assert name.startswith("__Host-")
        assert (morsel["secure"], morsel["httponly"], morsel["samesite"]) == (True, True, "lax")
        assert (morsel["path"], morsel["domain"]) == ("/", "")


def test_a_session_cookie_lives_as_long_as_its_session() -> None:
    assert written(everything(held({})))[cookie_name("b-1")]["max-age"] == "86400"


def test_nothing_of_one_business_counts_at_another() -> None:
    there = held(kept(everything(held({}))), "b-2")
    assert (there.session, there.challenges, there.choice_id, there.browser_id) == (None, [], "", "")


def test_what_others_signed_is_nothing() -> None:
    forged = kept(everything(BrowserCookies(STRANGER, request({}), "b-1")))
    mine = held(forged)
    assert (mine.session, mine.challenges, mine.choice_id, mine.browser_id) == (None, [], "", "")


@pytest.mark.parametrize(("others", "left"), [(0, 0), (7, 7), (8, 7), (12, 7)])
def test_a_browser_keeps_eight_sessions(others: int, left: int) -> None:
    before = {f"__Host-s-{number:012}": "unreadable" for number in range(others)}
    response = Response()
    held(before).hold_session(response, SESSION, 3)
    after = kept(response, before)
    assert cookie_name("b-1") in after
    assert len(after) == left + 1


def test_the_oldest_session_goes_first() -> None:
    before: dict[str, str] = {}
    for number in range(8):
        issued = NOW - timedelta(hours=number)
        other = as_event(SignedIn, SESSION, business_id=f"other-{number}", issued_at=issued)
        response = Response()
        BrowserCookies(CTX, request(before), other.business_id).hold_session(response, other, 1)
        before = kept(response, before)
    response = Response()
    held(before).hold_session(response, SESSION, 3)
    assert before.keys() - kept(response, before).keys() == {cookie_name("other-7")}


def test_signing_out_takes_session_challenge_and_choice_but_the_browser_stays_known() -> None:
    before = kept(everything(held({})))
    elsewhere = kept(everything(held({}, "b-2")))
    response = Response()
    held(before | elsewhere).sign_out(response)
    after = kept(response, before | elsewhere)
    mine = held(after)
    assert (mine.session, mine.challenges, mine.choice_id, mine.browser_id) == (None, [], "", "k1")
    assert after.keys() >= elsewhere.keys()


def test_without_knowing_the_business_a_browser_signs_out_of_all() -> None:
    before = kept(everything(held({}))) | kept(everything(held({}, "b-2")))
    response = Response()
    sign_out_of_all(request(before), response)
    after = kept(response, before)
    for business_id in ("b-1", "b-2"):
        mine = held(after, business_id)
        assert (mine.session, mine.challenges, mine.choice_id) == (None, [], "")
        assert mine.browser_id == "k1"


def test_a_browser_that_is_to_be_forgotten_is_known_no_more() -> None:
    before = kept(everything(held({}))) | kept(everything(held({}, "b-2")))
    here, everywhere = Response(), Response()
    held(before).sign_out(here, forget=True)
    sign_out_of_all(request(before), everywhere, forget=True)
    after = kept(here, before)
    assert [held(after, business_id).browser_id for business_id in ("b-1", "b-2")] == ["", "k1"]
    assert kept(everywhere, before).keys() & before.keys() == set()
