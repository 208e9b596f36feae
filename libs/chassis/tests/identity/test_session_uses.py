"""Tests of the idle life of sessions: what a browser shows of its last use, and what it need not show."""

from http.cookies import SimpleCookie

import msgspec
from chassis.identity import SessionSigner, SessionToken, SessionUses, SessionVerifier, cookie_name
from chassis.settings import KeyRing
from chassis.settings.new_keys import new_ring, new_signing_pair
from portal_testing.clock import FakeClock
from starlette.responses import Response

DAY = 24 * 3600
PAIR = new_signing_pair()
USES = SessionUses(KeyRing.parse(new_ring()))


class UsedBrowser:
    """A browser that signed in, and the clock of the service it comes to."""

    def __init__(self, *, days: int, idle_days: int = 14) -> None:
        self.clock = FakeClock()
        at = int(self.clock.seconds())
        self.token = SessionToken(
            session_id="s1",
            business_id="b1",
            generation=1,
            customer_id="c1",
            contact_id="k1",
            issued_at=at,
            expires_at=at + days * DAY,
            idle_seconds=idle_days * DAY,
        )
        signed = SessionSigner(KeyRing.parse(PAIR.private)).sign(self.token)
        self.cookies = {cookie_name("b1"): signed}

    def is_in(self) -> bool:
        """Whether a verifier that never saw this browser lets it in."""
        verifier = SessionVerifier(KeyRing.parse(PAIR.public), USES, self.clock.seconds)
        return verifier.verify(self.cookies, "b1") == self.token

    def open_page(self, uses: SessionUses = USES) -> bool:
        """Open a page; whether its answer held a mark."""
        response = Response()
        uses.renew(response, self.token, self.cookies, self.clock.seconds())
        marks = SimpleCookie(response.headers.get("set-cookie", ""))
        self.cookies |= {name: mark.value for name, mark in marks.items()}
        return bool(marks)


def test_a_session_unused_for_its_idle_life_is_over() -> None:
    browser = UsedBrowser(days=30)
    browser.clock.pass_time(days=14, seconds=-1)
    assert browser.is_in()
    browser.clock.pass_time(seconds=1)
    assert not browser.is_in()


def test_a_session_that_is_used_lives_to_its_end_and_no_longer() -> None:
    browser = UsedBrowser(days=30)
    for _ in range(2):
        browser.clock.pass_time(days=13)
        assert browser.is_in()
        browser.open_page()
    browser.clock.pass_time(days=4, seconds=-1)
    assert browser.is_in()
    browser.clock.pass_time(seconds=1)
    assert not browser.is_in()


def test_a_use_is_marked_once_an_hour() -> None:
    browser, marks = UsedBrowser(days=30), 0
    for _ in range(120):
        browser.clock.pass_time(minutes=1)
        marks += browser.open_page()
    assert marks == 2


def test_a_session_shorter_than_its_idle_life_needs_no_mark() -> None:
    browser = UsedBrowser(days=1)
    browser.clock.pass_time(hours=23)
    assert browser.is_in()
    assert not browser.open_page()


def test_a_forged_mark_and_that_of_another_session_are_none() -> None:
    browser, other = UsedBrowser(days=30), UsedBrowser(days=30)
    other.token = msgspec.structs.replace(other.token, session_id="s2")
    for one in (browser, other):
        one.clock.pass_time(days=13)
    other.open_page()
    browser.cookies |= {name: value for name, value in other.cookies.items() if "-u-" in name}
    browser.clock.pass_time(days=1)
    assert not browser.is_in()
    browser.clock.pass_time(days=-1)
    browser.open_page(SessionUses(KeyRing.parse(new_ring())))
    browser.clock.pass_time(days=1)
    assert not browser.is_in()
