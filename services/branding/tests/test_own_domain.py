"""Which names can be a business's domain, how it is shown to be its own, and when it is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from branding.domain.own_domain import Standing, is_of_platform, read_domain
from branding.domain.portal import DisablePortal, JudgeDomain, decide
from branding.errors import InvalidBranding
from servicehub_events import Business, as_event

from .branding_examples import after, revise

DOMAIN = "portal.shiny.example"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GRACE = timedelta(hours=72)


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        (DOMAIN, DOMAIN),
        ("Portal.SHINY.example", DOMAIN),
        ("ｐｏｒｔａｌ．ｓｈｉｎｙ．ｅｘａｍｐｌｅ", DOMAIN),
        ("portal。shiny。example", DOMAIN),
        ("予約.ひかり清掃.jp", "xn--0kq264i.xn--u8j0d5cq32xj8k.jp"),
        ("xn--0kq264i.xn--u8j0d5cq32xj8k.jp", "xn--0kq264i.xn--u8j0d5cq32xj8k.jp"),
        ("straße.example", "xn--strae-oqa.example"),
        ("shiny.co.uk", "shiny.co.uk"),
        ("shiny.github.io", "shiny.github.io"),
        ("4.shiny.example", "4.shiny.example"),
    ],
)
def test_a_domain_is_kept_as_browsers_ask_for_it(typed: str, domain: str) -> None:
    assert read_domain(typed) == domain
    assert read_domain(domain) == domain


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "shiny", "localhost", "portal.shiny.example.", ".shiny.example", "a..example"),
        *("https://shiny.example", "shiny.example/portal", "shiny.example:443", "a@shiny.example"),
        *("192.0.2.1", "192.0.2", "1.2.3.4.5", "2001:db8::1", "[2001:db8::1]", "0x7f.1", "１９２.０.２.１"),
        *("co.uk", "com", "github.io", "blogspot.com", "co.jp", "tokyo.jp"),
        *("*.shiny.example", "_portal.shiny.example", "-a.shiny.example", "a-.shiny.example"),
        *("shi ny.example", "shiny.example\n", "shi\u200bny.exa\x00mple", "shiny.example\r\nHost: x"),
        *("a" * 64 + ".example", ".".join(["a" * 60] * 4) + ".example", "xn--a.example", "ab--cd.example"),
    ],
)
def test_what_cannot_be_a_domain_of_a_business_is_refused(typed: str) -> None:
    with pytest.raises(InvalidBranding, match=r"^domain: "):
        revise(domain=typed)


def test_the_platform_s_own_host_and_what_lies_below_it_is_nobody_s() -> None:
    assert is_of_platform("portal.example.com", "portal.example.com")
    assert is_of_platform("shiny.portal.example.com", "portal.example.com")
    assert not is_of_platform("example.com", "portal.example.com")
    assert not is_of_platform("notportal.example.com", "portal.example.com")
    assert is_of_platform("localhost", "localhost")
    assert not is_of_platform("portal.shiny.localhost", "localhost")


def test_a_new_domain_waits_with_a_record_to_set() -> None:
    state = after(revise(domain=DOMAIN, proof="secret-1"))
    assert state is not None
    assert (state.domain, state.domain_check and state.domain_check.status) == (DOMAIN, "pending")
    assert state.domain_check is not None
    assert state.domain_check.record == f"_servicehub-portal.{DOMAIN}"
    assert state.domain_check.value == "servicehub-portal=secret-1"


def test_the_same_domain_keeps_its_record_and_another_one_gets_another() -> None:
    first = after(revise(domain=DOMAIN, proof="secret-1"), JudgeDomain("b1", DOMAIN, "verified"))
    assert decide(revise(domain=DOMAIN, proof="secret-2"), first) == []
    (kept,) = decide(revise(domain=DOMAIN, proof="secret-2", name="Other"), first)
    assert (kept.domain_check and kept.domain_check.status) == "verified"
    (moved,) = decide(revise(domain="b.shiny.example", proof="secret-2"), first)
    assert moved.domain_check is not None
    assert (moved.domain_check.status, moved.domain_check.value) == ("pending", "servicehub-portal=secret-2")
    (left,) = decide(revise(), first)
    assert (left.domain, left.domain_check) == (None, None)


def test_a_judgement_is_news_once_and_of_the_present_domain_alone() -> None:
    state = after(revise(domain=DOMAIN))
    (event,) = decide(JudgeDomain("b1", DOMAIN, "verified"), state)
    verified = as_event(Business, event)
    assert (verified.domain_check and verified.domain_check.status) == "verified"
    assert decide(JudgeDomain("b1", DOMAIN, "verified"), verified) == []
    assert decide(JudgeDomain("b1", "old.shiny.example", "failed"), verified) == []
    assert decide(JudgeDomain("b1", DOMAIN, "failed"), after(revise())) == []


def test_a_portal_that_is_off_keeps_its_domain() -> None:
    state = after(revise(domain=DOMAIN), JudgeDomain("b1", DOMAIN, "verified"))
    assert state is not None
    off = decide(DisablePortal("b1"), as_event(Business, state, enabled=True))
    assert off[0].domain == DOMAIN


def test_a_domain_is_verified_by_one_look_and_lost_after_the_grace_alone() -> None:
    waiting = Standing("pending", NOW)
    assert waiting.after(True, NOW, GRACE) == Standing("verified", None)
    assert waiting.after(False, NOW + GRACE - timedelta(seconds=1), GRACE) == waiting
    assert waiting.after(False, NOW + GRACE, GRACE) == Standing("failed", NOW)
    verified = Standing("verified", None)
    missed = verified.after(False, NOW, GRACE)
    assert missed == Standing("verified", NOW)
    assert missed.after(True, NOW + GRACE, GRACE) == verified
    assert missed.after(False, NOW + GRACE, GRACE) == Standing("failed", NOW)
    assert Standing("failed", NOW).after(True, NOW + GRACE, GRACE) == verified


@pytest.mark.parametrize("status", ["pending", "verified", "failed"])
def test_without_an_answer_nothing_changes(status: str) -> None:
    standing = Standing(status, NOW)  # pyright: ignore[reportArgumentType]  # one of its values
    assert standing.after(None, NOW + 10 * GRACE, GRACE) == standing
