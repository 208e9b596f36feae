"""A session that its owner ended is dead everywhere within two seconds, though no worker moves."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Final

import httpx
import pytest
import pytest_asyncio
from local_stack.environment import Addresses
from portal_testing.stack import eventually
from portal_testing.stack.visitor import Visitor

from tests.contract.support.session_owners import (
    SLUG,
    is_refused,
    register_owners,
    session_id_of,
    standing_still,
    two_sessions,
)

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]
WAYS: Final = ("sign-out", "everywhere", "device")
WITHIN_SECONDS: Final = 2.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(portal: Addresses) -> AsyncGenerator[httpx.AsyncClient]:
    """A client, and an owner for each test."""
    await register_owners(portal, (*WAYS, "alone"))
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client


def browser(portal: Addresses, http: httpx.AsyncClient) -> Visitor:
    return Visitor(portal.public_origin, portal.mailbox_url, SLUG, http)


async def until_told(stream: httpx.Response) -> None:
    async for line in stream.aiter_lines():
        if line == "event: signed-out":
            return


async def end(owner: Visitor, way: str, session_id: str) -> None:
    if way == "device":
        await owner.post(f"/auth/{SLUG}/devices/{session_id}/sign-out", {})
    else:
        await owner.post(f"/auth/{SLUG}/sign-out", {"everywhere": "1"} if way == "everywhere" else {})


async def refused_in_time(thief: Visitor) -> None:
    async def refused() -> bool:
        return await is_refused(thief)

    await eventually(refused, what="the copied cookie is refused", within=WITHIN_SECONDS, every=0.1)


@pytest.mark.parametrize("way", WAYS)
async def test_a_copied_cookie_is_dead_while_every_worker_stands_still(
    portal: Addresses, http: httpx.AsyncClient, way: str
) -> None:
    owner = browser(portal, http)
    other = await two_sessions(owner, way)
    copied = owner if way == "sign-out" else other
    thief = replace(copied, cookies=dict(copied.cookies))
    assert not await is_refused(thief)
    async with standing_still(portal, "worker"):
        cookie = "; ".join(f"{name}={value}" for name, value in thief.cookies.items())
        live = f"{portal.public_origin}/portal/{SLUG}/live"
        async with http.stream("GET", live, headers={"Cookie": cookie}) as stream:
            assert stream.status_code == 200
            await end(owner, way, session_id_of(other))
            async with asyncio.timeout(WITHIN_SECONDS):
                await until_told(stream)
        await refused_in_time(thief)
        # The other session of the same person lives on, unless all were ended.
        assert await is_refused(other if way == "sign-out" else owner) is (way == "everywhere")


async def test_without_auth_otp_pages_are_served_what_ended_stays_dead_and_no_payment_begins(
    portal: Addresses, http: httpx.AsyncClient
) -> None:
    owner = browser(portal, http)
    thief = await two_sessions(owner, "alone")
    async with standing_still(portal, "worker"):
        await end(owner, "device", session_id_of(thief))
        await refused_in_time(thief)
        async with standing_still(portal, "api", "auth-otp"):
            assert (await owner.get(f"/portal/{SLUG}")).status_code == 200
            assert await is_refused(thief)

            async def pays_nothing() -> bool:
                answer = await owner.post(f"/billing/{SLUG}/checkouts", {"invoice_id": "none"})
                return answer.status_code == 503

            await eventually(pays_nothing, what="billing begins no payment", within=30, every=0.5)
            assert (await owner.get(f"/portal/{SLUG}/invoices")).status_code == 200
