"""One suite of behaviour for each port, run on the fake and on Valkey.

Time passes on Valkey by ageing what is stored: tests never sleep.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from auth_otp.adapters.challenges import ValkeyChallenges
from auth_otp.adapters.pending_grants import ValkeyPendingGrants
from auth_otp.adapters.rate_limiter import ValkeyRateLimiter
from auth_otp.adapters.valkey import Valkey
from auth_otp.domain.challenges import (
    ChallengeExpired,
    ChallengeSpent,
    CodeAttempt,
    Proof,
    SendRequest,
    SendTicket,
    TooSoon,
)
from auth_otp.domain.sessions import Candidate, SessionGrant
from auth_otp.domain.sign_in import Limit
from auth_otp.ports import Challenges, PendingGrants, RateLimiter
from chassis.settings.base import Secret
from portal_testing.clock import FakeClock
from portal_testing.stack import Servers
from redis.asyncio import Redis

from .fake_ports import FakeChallenges, FakePendingGrants, FakeRateLimiter
from .test_settings import settings_of

SETTINGS, AT = settings_of(), datetime(2026, 11, 22, tzinfo=UTC)
_AGE = """
local ms = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind, left = redis.call('TYPE', key).ok, redis.call('PTTL', key)
  if kind == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ms, member) end
  elseif redis.call('HEXISTS', key, 'expires') == 1 then
    for _, field in ipairs({'expires', 'before'}) do redis.call('HINCRBY', key, field, -ms) end
  end
  if left >= 0 then redis.call('PEXPIRE', key, left - ms) end
end
"""


@dataclass
class Ports:
    limiter: RateLimiter
    challenges: Challenges
    grants: PendingGrants
    advance: Callable[[float], Awaitable[None]]


@pytest.fixture(params=["fake", pytest.param("valkey", marks=pytest.mark.stack)])
async def ports(request: pytest.FixtureRequest) -> AsyncGenerator[Ports]:
    if request.param == "fake":
        clock = FakeClock()

        async def pass_time(seconds: float) -> None:
            clock.pass_time(seconds=seconds)

        challenges, grants = FakeChallenges(clock, SETTINGS), FakePendingGrants(clock, SETTINGS)
        yield Ports(FakeRateLimiter(clock), challenges, grants, pass_time)
        return
    servers: Servers = request.getfixturevalue("servers")
    url = servers.fresh_redis_url()
    valkey, client = Valkey(Secret(url), timeout=5), Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]

    async def advance(seconds: float) -> None:
        await client.eval(_AGE, 0, str(int(seconds * 1000)))  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]

    challenges, grants = ValkeyChallenges(valkey, SETTINGS), ValkeyPendingGrants(valkey, SETTINGS)
    yield Ports(ValkeyRateLimiter(valkey), challenges, grants, advance)
    await client.aclose()
    await valkey.close()


def wanted(held: str = "", new: str = "c1", address: str = "k1.a", bucket: str = "") -> SendRequest:
    return SendRequest(
        business_id="b-1",
        address_index=address,
        address_cipher=b"\x00\xffsealed",
        bucket=bucket,
        challenge_id=held,
        new_challenge_id=new,
        pepper="k1",
    )


def proof(session_id: str) -> Proof:
    return Proof(session_id=session_id, choice_id="w", browser_id="k", remembered=False, device="x", at=AT)


async def sent(ports: Ports, request: SendRequest) -> SendTicket:
    outcome = await ports.challenges.ask(request)
    assert isinstance(outcome, SendTicket)
    return outcome


async def tried(ports: Ports, challenge_id: str = "c1") -> CodeAttempt:
    outcome = await ports.challenges.attempt("b-1", challenge_id)
    assert isinstance(outcome, CodeAttempt)
    return outcome


async def test_a_limit_opens_again_when_its_oldest_entry_leaves(ports: Ports) -> None:
    limits = (Limit(2, 60),)
    assert [await ports.limiter.take("n", limits, "1"), await ports.limiter.take("n", limits, "2")] == [0, 0]
    assert 0 < await ports.limiter.take("n", limits, "3") <= 60
    assert await ports.limiter.take("other", limits, "3") == 0
    await ports.advance(61)
    assert await ports.limiter.take("n", limits, "3") == 0


async def test_all_limits_hold_together_and_refusals_count_nothing(ports: Ports) -> None:
    limits = (Limit(1, 60), Limit(2, 3600))
    assert await ports.limiter.take("n", limits, "1") == 0
    for number in range(5):
        assert await ports.limiter.take("n", limits, f"refused {number}") > 0
    await ports.advance(61)
    assert await ports.limiter.take("n", limits, "2") == 0
    await ports.advance(61)
    assert 3000 < await ports.limiter.take("n", limits, "3") <= 3600


async def test_what_is_given_back_never_counted(ports: Ports) -> None:
    await ports.limiter.take("n", (Limit(1, 60),), "1")
    await ports.limiter.give_back("n", "1")
    assert await ports.limiter.take("n", (Limit(1, 60),), "2") == 0


async def test_a_new_challenge_gives_what_it_was_given(ports: Ports) -> None:
    first = await sent(ports, wanted())
    assert (first.challenge_id, first.code_number, first.send_number, first.pepper) == ("c1", 1, 1, "k1")
    one = await tried(ports)
    assert (one.address_index, one.address_cipher, list(one.code_numbers)) == ("k1.a", b"\x00\xffsealed", [1])
    assert first.expires_at - one.at <= timedelta(seconds=SETTINGS.code_life_seconds)


async def test_a_resend_stays_in_its_challenge(ports: Ports) -> None:
    first = await sent(ports, wanted())
    assert await ports.challenges.ask(wanted(held="c1", new="c2")) == TooSoon(60, has_code=True)
    await ports.advance(61)
    again = await sent(ports, wanted(held="c1", new="c2"))
    assert (again.challenge_id, again.code_number, again.send_number) == ("c1", 1, 2)
    assert abs(first.expires_at - again.expires_at) <= timedelta(seconds=61)


async def test_another_browser_is_told_to_wait_and_holds_nothing(ports: Ports) -> None:
    await sent(ports, wanted())
    outcome = await ports.challenges.ask(wanted(new="c2"))
    assert isinstance(outcome, TooSoon)
    assert not outcome.has_code
    assert isinstance(await ports.challenges.attempt("b-1", "c2"), ChallengeExpired)


async def test_a_known_browser_has_sends_of_its_own(ports: Ports) -> None:
    await sent(ports, wanted())
    await sent(ports, wanted(new="c2", bucket="k"))


async def test_near_its_end_a_challenge_gets_a_new_code_and_both_live(ports: Ports) -> None:
    await sent(ports, wanted())
    await ports.advance(SETTINGS.code_life_seconds - SETTINGS.code_renew_within_seconds + 1)
    assert (await sent(ports, wanted(held="c1"))).code_number == 2
    assert list((await tried(ports)).code_numbers) == [2, 1]
    await ports.advance(SETTINGS.code_renew_within_seconds)
    assert list((await tried(ports)).code_numbers) == [2]
    await ports.advance(SETTINGS.code_life_seconds)
    assert isinstance(await ports.challenges.attempt("b-1", "c1"), ChallengeExpired)


async def test_a_new_code_gives_no_new_tries(ports: Ports) -> None:
    await sent(ports, wanted())
    for left in (4, 3, 2):
        assert (await tried(ports)).tries_left == left
    await ports.advance(SETTINGS.code_life_seconds - 30)
    await sent(ports, wanted(held="c1"))
    assert [(await tried(ports)).tries_left for _ in range(2)] == [1, 0]
    assert isinstance(await ports.challenges.attempt("b-1", "c1"), ChallengeSpent)


async def test_a_dead_challenge_is_not_sent_again_but_followed_by_a_new_one(ports: Ports) -> None:
    await sent(ports, wanted())
    for _ in range(SETTINGS.code_tries):
        await tried(ports)
    await ports.advance(61)
    assert (await sent(ports, wanted(held="c1", new="c2"))).challenge_id == "c2"


async def test_a_challenge_held_for_another_address_is_left_alone(ports: Ports) -> None:
    await sent(ports, wanted())
    assert (await sent(ports, wanted(held="c1", new="c2", address="k1.b"))).challenge_id == "c2"
    await tried(ports)


async def test_the_oldest_challenge_beyond_two_dies(ports: Ports) -> None:
    for number in (1, 2, 3):
        await sent(ports, wanted(new=f"c{number}"))
        await ports.advance(61)
    assert isinstance(await ports.challenges.attempt("b-1", "c1"), ChallengeExpired)
    await tried(ports, "c2")
    await tried(ports, "c3")


async def test_the_first_proof_stays_for_a_minute_and_costs_no_try(ports: Ports) -> None:
    await sent(ports, wanted())
    await tried(ports)
    assert await ports.challenges.consume("b-1", "c1", proof("s1")) == proof("s1")
    assert (await tried(ports)).tries_left == 4
    assert await ports.challenges.consume("b-1", "c1", proof("s2")) == proof("s1")
    await ports.advance(SETTINGS.repeated_post_seconds + 1)
    assert isinstance(await ports.challenges.attempt("b-1", "c1"), ChallengeExpired)
    assert await ports.challenges.consume("b-1", "c1", proof("s3")) is None


async def test_a_used_challenge_is_not_sent_again(ports: Ports) -> None:
    await sent(ports, wanted())
    await tried(ports)
    await ports.challenges.consume("b-1", "c1", proof("s1"))
    outcome = await ports.challenges.ask(wanted(held="c1"))
    assert isinstance(outcome, TooSoon)
    assert not outcome.has_code


async def test_a_grant_is_picked_from_once(ports: Ports) -> None:
    offered = SessionGrant(
        session_id="s1",
        address_index="k1.a",
        address_cipher=b"\x00\xff",
        remembered=True,
        device="x",
        issued_at=AT,
        expires_at=AT,
        candidates=(Candidate("cu-1", "co-1"), Candidate("cu-2", "co-2")),
        portal_generation=1,
    )
    await ports.grants.offer("b-1", "w1", offered)
    assert await ports.grants.find("b-1", "w1") == offered
    assert await ports.grants.find("b-2", "w1") is None
    assert await ports.grants.pick("b-1", "w1", 1) == offered
    assert await ports.grants.pick("b-1", "w1", 1) == offered
    assert await ports.grants.pick("b-1", "w1", 0) is None
    assert await ports.grants.find("b-1", "w1") is None
    await ports.advance(SETTINGS.repeated_post_seconds + 1)
    assert await ports.grants.pick("b-1", "w1", 1) is None
