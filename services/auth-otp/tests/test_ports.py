"""One suite of behaviour for each port, run on the fake and on Valkey.

Time passes on Valkey by ageing what is stored: tests never sleep.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from auth_otp.adapters.pending_grants import ValkeyPendingGrants
from auth_otp.adapters.rate_limiter import ValkeyRateLimiter
from auth_otp.adapters.valkey import Valkey
from auth_otp.domain.sessions import Candidate, SessionGrant
from auth_otp.domain.sign_in import Limit
from auth_otp.ports import PendingGrants, RateLimiter
from chassis.settings.base import Secret
from portal_testing.clock import FakeClock
from portal_testing.stack import Servers
from redis.asyncio import Redis

from .fake_ports import FakePendingGrants, FakeRateLimiter
from .sign_in_world import AGE
from .test_settings import settings_of

SETTINGS, AT = settings_of(), datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Ports:
    limiter: RateLimiter
    grants: PendingGrants
    advance: Callable[[float], Awaitable[None]]


@pytest.fixture(params=["fake", pytest.param("valkey", marks=pytest.mark.stack)])
async def ports(request: pytest.FixtureRequest) -> AsyncGenerator[Ports]:
    if request.param == "fake":
        clock = FakeClock()

        async def pass_time(seconds: float) -> None:
            clock.pass_time(seconds=seconds)

        yield Ports(FakeRateLimiter(clock), FakePendingGrants(clock, SETTINGS), pass_time)
        return
    servers: Servers = request.getfixturevalue("servers")
    url = servers.fresh_redis_url()
    valkey, client = Valkey(Secret(url), timeout=5), Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]

    async def advance(seconds: float) -> None:
        await client.eval(AGE, 0, str(int(seconds * 1000)))  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]

    yield Ports(ValkeyRateLimiter(valkey), ValkeyPendingGrants(valkey, SETTINGS), advance)
    await client.aclose()
    await valkey.close()


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
