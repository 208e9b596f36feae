"""Which sessions ended: told at once to who verifies tokens, and to nobody else; none is missed."""

import msgspec
import pytest
from auth_otp.handlers.upkeep import delete_expired
from auth_otp.store.session_ends import LIMIT
from chassis.identity.ended_sessions import AUTH_OTP, ROUTE, SessionEnds
from chassis.web import service_token
from servicehub_events import SignedIn
from sqlalchemy.exc import ProgrammingError

from .sign_in_world import BUSINESS, OTHER_BUSINESS, World, customer

pytestmark = pytest.mark.stack
_END = (
    "INSERT INTO session_ends (business_id, session_id, expires_at)"
    " SELECT :business_id, 'se-' || n, now() + make_interval(hours => :hours)"
    " FROM generate_series(1, :count) n"
)


async def ends(world: World, since: str = "", *, caller: str = "billing") -> SessionEnds:
    token = service_token.authorization(
        world.settings.auth_otp_keys, caller=caller, audience=AUTH_OTP, now=world.web.clock()
    )
    answer = await world.browser().get(ROUTE, params={"since": since}, headers={"Authorization": token})
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=SessionEnds)


async def signed_out(world: World) -> SignedIn:
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    await browser.post("/auth/sample-business/sign-out")
    (begun, _) = await world.session_events()
    assert isinstance(begun, SignedIn)
    return begun


async def end(world: World, count: int = 1, *, business_id: str = BUSINESS, hours: int = 1) -> None:
    async with world.worker.all_tenants() as tx:
        await tx.of(business_id).run(_END, hours=hours, count=count)


async def test_a_session_that_was_signed_out_is_told_with_the_end_of_its_token(world: World) -> None:
    session = await signed_out(world)
    told = await ends(world)
    assert [(one.session_id, one.expires_at) for one in told.ends] == [
        (session.session_id, session.expires_at)
    ]
    assert not told.more


async def test_a_session_whose_customer_lost_access_is_left_to_the_customers_own_event(world: World) -> None:
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    await world.apply(customer(portal_access=False))
    assert (await ends(world)).ends == ()


async def test_the_ends_of_all_businesses_are_told_page_by_page(world: World) -> None:
    await end(world, LIMIT, business_id=BUSINESS)
    await end(world, 5, business_id=OTHER_BUSINESS)
    first = await ends(world)
    second = await ends(world, first.next)
    assert (len(first.ends), first.more, second.more) == (LIMIT, True, False)
    assert second.ends[-5:] == tuple(sorted(second.ends[-5:], key=lambda one: one.session_id))


async def test_an_end_that_commits_after_a_later_one_was_read_is_not_missed(world: World) -> None:
    async with world.worker.all_tenants() as tx:
        await tx.of(BUSINESS).run(_END, hours=1, count=1)
        await end(world, business_id=OTHER_BUSINESS)
        before = await ends(world)
    after = await ends(world, before.next)
    assert (len(before.ends), len(after.ends)) == (1, 2)


async def test_what_has_expired_is_told_to_nobody_and_then_deleted(world: World) -> None:
    await end(world, hours=-2)
    assert (await ends(world)).ends == ()
    async with world.worker.all_tenants() as tx:
        await delete_expired(world.worker, tx)
    assert await world.count("session_ends") == 0


@pytest.mark.parametrize("caller", ["notifier", "auth-otp", ""])
async def test_nobody_else_is_told(world: World, caller: str) -> None:
    keys, now = world.settings.auth_otp_keys, world.web.clock()
    token = service_token.authorization(keys, caller=caller, audience=AUTH_OTP, now=now)
    answer = await world.browser().get(ROUTE, headers={"Authorization": token} if caller else {})
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_caller")


@pytest.mark.parametrize("since", ["yesterday", "2026-11-22T10:00:00"])
async def test_a_moment_that_no_answer_named_is_refused(world: World, since: str) -> None:
    with pytest.raises(AssertionError, match="invalid_request"):
        await ends(world, since)


async def test_the_web_role_reads_no_business_from_the_ends(world: World) -> None:
    async with world.web.all_tenants() as tx:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await tx.run("SELECT business_id FROM session_ends")
