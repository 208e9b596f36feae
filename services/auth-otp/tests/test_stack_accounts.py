"""A choice is worth no more than what it was offered on: the session, and the portal as it was."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from chassis.web import cookies
from servicehub_events import PortalDisabled, PortalEnabled, SessionRevoked, as_event

from .sign_in_world import BUSINESS, World, business, contact, customer

pytestmark = pytest.mark.stack
CHOICE = "/auth/sample-business/choice"
Offered = Callable[[World], Awaitable[httpx.AsyncClient]]


async def signed_in(world: World) -> httpx.AsyncClient:
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    return browser


async def offered_a_switch(world: World) -> httpx.AsyncClient:
    browser = await signed_in(world)
    await browser.post("/auth/sample-business/switch")
    return browser


async def offered_at_sign_in(world: World) -> httpx.AsyncClient:
    await world.apply(customer(contact("co-9"), customer_id="cu-2"))
    return await signed_in(world)


def keeping_its_cookies(world: World, browser: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser that holds on to what it is told to forget."""
    keeper = world.browser()
    keeper.cookies.update(browser.cookies)
    return keeper


async def picked(browser: httpx.AsyncClient) -> str:
    answer = await browser.post(CHOICE, json={"choice": 0})
    return "" if answer.status_code == 200 else answer.json()["code"]


async def off_and_on(world: World) -> None:
    await world.apply(as_event(PortalDisabled, business(), enabled=False, generation=2))
    await world.apply(as_event(PortalEnabled, business(), enabled=True, generation=3))


async def test_a_browser_knows_that_it_chose_among_accounts_until_it_signs_out(world: World) -> None:
    browser = await offered_at_sign_in(world)
    several = cookies.several_accounts(world.settings.cookie_signing_keys, BUSINESS)
    assert several.read(dict(browser.cookies)) is None
    await picked(browser)
    assert several.read(dict(browser.cookies)) == {}
    await browser.post("/auth/sample-business/sign-out")
    assert several.read(dict(browser.cookies)) is None


@pytest.mark.parametrize("everywhere", ["", "on"])
async def test_a_switch_ends_with_the_session_it_was_offered_to(world: World, everywhere: str) -> None:
    browser = await offered_a_switch(world)
    keeper = keeping_its_cookies(world, browser)
    await browser.post("/auth/sample-business/sign-out", data={"everywhere": everywhere})
    assert await picked(keeper) == "choice_expired"
    assert await world.count("sessions") == 0


@pytest.mark.parametrize("offered", [offered_a_switch, offered_at_sign_in])
async def test_no_choice_outlives_the_portal_it_was_offered_at(world: World, offered: Offered) -> None:
    browser = await offered(world)
    before = await world.session_events()
    await off_and_on(world)
    assert await picked(browser) == "choice_expired"
    assert await world.session_events() == before


async def test_a_switch_picked_twice_is_picked_once(world: World) -> None:
    browser = await offered_a_switch(world)
    keeper = keeping_its_cookies(world, browser)
    assert [await picked(browser), await picked(keeper)] == ["", ""]
    assert await world.count("sessions") == 1
    ended = [event for event in await world.session_events() if isinstance(event, SessionRevoked)]
    assert [event.reason for event in ended] == ["switched"]


async def test_a_choice_at_sign_in_needs_no_session(world: World) -> None:
    browser = await signed_in(world)
    await world.apply(customer(contact("co-9"), customer_id="cu-2"))
    again = world.browser()
    again.cookies.update(browser.cookies)
    await world.enter(again, await world.code_for(again))
    await browser.post("/auth/sample-business/sign-out")
    assert await picked(again) == ""


async def test_signing_out_takes_choice_and_challenge_from_the_browser(world: World) -> None:
    browser = await offered_a_switch(world)
    keys = world.settings.cookie_signing_keys
    names = {cookies.choice(keys, BUSINESS).name, cookies.challenge(keys, BUSINESS).name}
    assert names <= set(browser.cookies)
    await browser.post("/auth/sample-business/sign-out")
    assert not names & set(browser.cookies)
