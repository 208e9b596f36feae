"""Handlers on ports in memory, as far as they go before they need a database."""

from dataclasses import replace

import msgspec
import pytest
from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.challenges import CodeAttempt, SendRequest
from auth_otp.domain.sessions import LiveSession
from auth_otp.domain.sign_in import Browser, source_send_limits
from auth_otp.handlers.choose_account import ChooseAccount, ListAccounts, choose_account, list_accounts
from auth_otp.handlers.enter_code import EnterCode, count_failure, enter_code, uncount_failure
from auth_otp.handlers.request_code import RequestCode, request_code
from auth_otp.handlers.sign_out import check_viewer
from auth_otp.service import build
from chassis.identity import CustomerAccess, SessionToken
from chassis.refusals import NotFound, NotSignedIn, Refusal
from portal_testing.clock import FakeClock
from servicehub_events import Business, as_event

from .fake_ports import FakeChallenges, FakePendingGrants, FakeRateLimiter
from .test_settings import settings_of
from .test_sign_in import AT, LIVE, ONE, OTHER, PORTAL, grant

OFF, ELSEWHERE = as_event(Business, PORTAL, enabled=False), as_event(Business, PORTAL, business_id="b-2")
SETTINGS = settings_of()


def context(**changes: int) -> Context:
    settings, clock = msgspec.structs.replace(SETTINGS, **changes), FakeClock()
    return replace(
        build(settings),
        rate_limiter=FakeRateLimiter(clock),
        challenges=FakeChallenges(clock, settings),
        pending_grants=FakePendingGrants(clock, settings),
    )


def browser(source: str = "a") -> Browser:
    return Browser(source=source, device="Safari", browser_id="", session_id="")


def asking(typed: str = "a@example.com", business: Business = PORTAL) -> RequestCode:
    return RequestCode(business, browser(), typed, "", None)


def entering(
    typed: str = "123456", challenge_id: str = "c1", business: Business = PORTAL, source: str = "a"
) -> EnterCode:
    return EnterCode(business, browser(source), typed, challenge_id, remember=False)


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
    await ctx.rate_limiter.take("sends:a", source_send_limits(ctx.settings), "e")
    with pytest.raises(errors.TooManyRequests) as refusal:
        await request_code(ctx, asking())
    assert refusal.value.params == {"seconds": 3600}


async def test_whoever_enters_codes_too_fast_is_refused_whatever_the_codes_are() -> None:
    ctx = context(source_verifies_per_minute=2)
    for typed in ("", "123456"):
        with pytest.raises(errors.NoChallenge):
            await enter_code(ctx, entering(typed, ""))
    with pytest.raises(errors.TooManyRequests):
        await enter_code(ctx, entering())
    with pytest.raises(errors.PortalOff):
        await enter_code(ctx, entering(business=OFF))


async def begun(ctx: Context) -> None:
    """A challenge `c1` of somebody."""
    await ctx.challenges.ask(
        SendRequest(
            business_id="b-1",
            address_index="k1.a",
            address_cipher=b"\x01?",
            bucket="",
            challenge_id="",
            new_challenge_id="c1",
            pepper="p1",
        )
    )


async def test_what_is_no_code_costs_no_try() -> None:
    ctx = context()
    await begun(ctx)
    for typed in ("", "12345", "not a code"):
        with pytest.raises(errors.CodeMalformed):
            await enter_code(ctx, entering(typed))
    attempt = await ctx.challenges.attempt("b-1", "c1")
    assert isinstance(attempt, CodeAttempt)
    assert attempt.tries_left == SETTINGS.code_tries - 1


async def test_a_spent_challenge_is_dead_before_anything_else_is_counted() -> None:
    ctx = context(brake_per_source=1)
    await begun(ctx)
    for _ in range(SETTINGS.code_tries):
        await ctx.challenges.attempt("b-1", "c1")
    for _ in range(2):
        with pytest.raises(errors.CodeDead):
            await enter_code(ctx, entering())
    assert await count_failure(ctx, entering(), "e") == 0


async def test_a_challenge_of_another_business_has_expired_here() -> None:
    ctx = context()
    await begun(ctx)
    with pytest.raises(errors.CodeExpired):
        await enter_code(ctx, entering(business=ELSEWHERE))
    attempt = await ctx.challenges.attempt("b-1", "c1")
    assert isinstance(attempt, CodeAttempt)
    assert attempt.tries_left == SETTINGS.code_tries - 1


async def test_an_address_whose_key_was_retired_has_expired_with_its_challenge() -> None:
    ctx = context()
    await begun(ctx)
    with pytest.raises(errors.CodeExpired):
        await enter_code(ctx, entering())


async def test_one_source_is_slowed_down_before_it_fills_any_brake_of_others() -> None:
    ctx = context(brake_per_source=2, brake_business_failures=3)
    assert [bool(await count_failure(ctx, entering(), f"{n}")) for n in range(4)] == [False] * 2 + [True] * 2
    assert await count_failure(ctx, entering(source="b"), "b") == 0
    assert await count_failure(ctx, entering(source="c"), "c") > 0


async def test_a_failure_that_one_brake_refuses_is_counted_by_none() -> None:
    ctx = context(brake_per_source=1, brake_business_failures=1)
    assert await count_failure(ctx, entering(source="a"), "1") == 0
    assert await count_failure(ctx, entering(source="b"), "2") > 0
    assert await count_failure(ctx, entering(source="b", business=ELSEWHERE), "3") == 0


async def test_a_right_code_was_no_failure_anywhere() -> None:
    ctx = context(brake_per_source=1, brake_business_failures=1, brake_overall_failures=1)
    for number in range(3):
        assert await count_failure(ctx, entering(), f"{number}") == 0
        await uncount_failure(ctx, entering(), f"{number}")


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
