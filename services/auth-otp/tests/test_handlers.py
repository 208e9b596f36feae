"""Handlers on ports in memory, as far as they go before they need a database."""

from dataclasses import replace

import msgspec
import pytest
from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.sessions import LiveSession
from auth_otp.domain.sign_in import Browser, Limit, SourceLimit, send_counters
from auth_otp.handlers.choose_account import ChooseAccount, ListAccounts, choose_account, list_accounts
from auth_otp.handlers.enter_code import EnterCode, enter_code
from auth_otp.handlers.request_code import RequestCode, request_code, take_all
from auth_otp.handlers.sign_out import check_viewer
from auth_otp.service import build
from chassis.identity import CustomerAccess, SessionToken
from chassis.refusals import NotFound, NotSignedIn, Refusal
from portal_testing.clock import FakeClock
from servicehub_events import Business, as_event

from .fake_ports import FakePendingGrants, FakeRateLimiter
from .test_settings import settings_of
from .test_sign_in import AT, LIVE, ONE, OTHER, PORTAL, grant

OFF, ELSEWHERE = as_event(Business, PORTAL, enabled=False), as_event(Business, PORTAL, business_id="b-2")
SETTINGS = settings_of()


def context(**changes: int) -> Context:
    settings, clock = msgspec.structs.replace(SETTINGS, **changes), FakeClock()
    return replace(
        build(settings),
        rate_limiter=FakeRateLimiter(clock),
        pending_grants=FakePendingGrants(clock, settings),
    )


def browser(source: str = "a") -> Browser:
    return Browser(sources=[source], device="Safari", browser_id="", session_id="")


def asking(typed: str = "a@example.com", business: Business = PORTAL) -> RequestCode:
    return RequestCode(business, browser(), typed, "", None)


def entering(
    typed: str = "123456", *challenge_ids: str, business: Business = PORTAL, source: str = "a"
) -> EnterCode:
    return EnterCode(business, browser(source), typed, challenge_ids, remember=False, locale=None)


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (asking(business=OFF), errors.PortalOff),
        (asking(""), errors.AddressMissing),
        (asking("nobody"), errors.AddressInvalid),
    ],
)
async def test_what_asks_for_nothing_is_not_counted(command: RequestCode, refused: type[Refusal]) -> None:
    ctx = context(source_sends_per_hour=1)
    with pytest.raises(refused):
        await request_code(ctx, command)
    (counter,) = send_counters(ctx.settings, ["a"])
    await ctx.rate_limiter.take(counter.name, (counter.limit,), "e")
    with pytest.raises(errors.TooManyRequests) as refusal:
        await request_code(ctx, asking())
    assert refusal.value.params == {"seconds": 3600}


async def test_whoever_enters_codes_too_fast_is_refused_whatever_the_codes_are() -> None:
    ctx = context(source_verifies_per_minute=2)
    for typed in ("", "123456"):
        with pytest.raises(errors.NoChallenge):
            await enter_code(ctx, entering(typed))
    with pytest.raises(errors.TooManyRequests):
        await enter_code(ctx, entering())
    with pytest.raises(errors.PortalOff):
        await enter_code(ctx, entering(business=OFF))


async def test_what_is_no_code_costs_no_try() -> None:
    for typed in ("", "12345", "not a code"):
        with pytest.raises(errors.CodeMalformed):
            await enter_code(context(), entering(typed, "c1"))


async def test_who_is_refused_by_a_wider_network_is_counted_by_none() -> None:
    ctx = context()
    narrow, wide = (SourceLimit(name, Limit(1, 60)) for name in ("narrow", "wide"))
    await ctx.rate_limiter.take("wide", (wide.limit,), "e")
    with pytest.raises(errors.TooManyRequests):
        await take_all(ctx, (narrow, wide), "f")
    await take_all(ctx, (narrow,), "g")


async def test_the_chooser_is_told_the_offer_in_its_order_until_it_is_picked_from() -> None:
    ctx = context()
    await ctx.pending_grants.offer("b-1", "w1", grant(OTHER, ONE))
    assert await list_accounts(ctx, ListAccounts("b-1", "w1")) == (OTHER, ONE)
    await ctx.pending_grants.pick("b-1", "w1", 0)
    for business_id in ("b-1", "b-2"):
        with pytest.raises(NotFound):
            await list_accounts(ctx, ListAccounts(business_id, "w1"))


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (ChooseAccount(OFF, "w1", 0), errors.PortalOff),
        (ChooseAccount(PORTAL, "w1", 2), errors.ChoiceUnknown),
        (ChooseAccount(PORTAL, "w1", -1), errors.ChoiceUnknown),
        (ChooseAccount(PORTAL, "w2", 0), errors.ChoiceExpired),
        (ChooseAccount(ELSEWHERE, "w1", 0), errors.ChoiceExpired),
    ],
)
async def test_a_refused_choice_leaves_the_offer(command: ChooseAccount, refused: type[Refusal]) -> None:
    ctx = context()
    await ctx.pending_grants.offer("b-1", "w1", grant(ONE, OTHER))
    with pytest.raises(refused):
        await choose_account(ctx, command)
    assert await ctx.pending_grants.find("b-1", "w1") is not None


async def test_an_offer_from_before_the_portal_was_off_is_worth_nothing() -> None:
    ctx = context()
    await ctx.pending_grants.offer("b-1", "w1", grant(ONE, OTHER, portal_generation=2))
    with pytest.raises(errors.ChoiceExpired):
        await choose_account(ctx, ChooseAccount(PORTAL, "w1", 0))


TOKEN = SessionToken(
    session_id=LIVE.session_id,
    business_id="b-1",
    generation=3,
    customer_id=LIVE.customer_id,
    contact_id=LIVE.contact_id,
    issued_at=int(AT.timestamp()),
    expires_at=int(LIVE.expires_at.timestamp()),
)
ACCESS = CustomerAccess(True, {LIVE.contact_id: ()})


def test_whoever_holds_a_live_session_is_asking_whatever_their_roles_are() -> None:
    assert check_viewer(TOKEN, PORTAL, ACCESS, LIVE) == LIVE


@pytest.mark.parametrize(
    ("token", "business", "customer", "live"),
    [
        (TOKEN, PORTAL, ACCESS, None),
        (TOKEN, OFF, ACCESS, LIVE),
        (TOKEN, as_event(Business, PORTAL, generation=4), ACCESS, LIVE),
        (TOKEN, ELSEWHERE, ACCESS, LIVE),
        (TOKEN, PORTAL, None, LIVE),
        (TOKEN, PORTAL, CustomerAccess(False, ACCESS.contacts), LIVE),
        (TOKEN, PORTAL, CustomerAccess(True, {"co-2": None}), LIVE),
        (TOKEN, PORTAL, ACCESS, replace(LIVE, customer_id="cu-2")),
        (TOKEN, PORTAL, ACCESS, replace(LIVE, contact_id="co-2")),
    ],
)
def test_a_token_is_nobody_without_its_session_its_access_and_its_portal(
    token: SessionToken, business: Business, customer: CustomerAccess | None, live: LiveSession | None
) -> None:
    with pytest.raises(NotSignedIn):
        check_viewer(token, business, customer, live)
