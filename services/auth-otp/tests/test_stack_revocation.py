"""What ends a session, and what keeps one from beginning: on real PostgreSQL and Valkey."""

import asyncio

import httpx
import pytest
from chassis.identity import cookie_name
from chassis.settings import Secret
from portal_testing.stack import Servers
from servicehub_events import CustomerErased, Event, PortalDisabled, SessionRevoked, SignedIn, as_event

from .sign_in_world import BUSINESS, EMAIL, World, business, contact, customer

pytestmark = pytest.mark.stack
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


async def signed_in(world: World) -> httpx.AsyncClient:
    browser = world.browser()
    answer = await world.enter(browser, await world.code_for(browser))
    assert answer.headers["location"] == "/portal/sample-business/"
    return browser


async def reasons(world: World) -> list[str]:
    return [event.reason for event in await world.session_events() if isinstance(event, SessionRevoked)]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (customer(portal_access=False), "access_withdrawn"),
        (customer(contact("co-2")), "contact_removed"),
        (customer(contact(email="new@example.com")), "address_changed"),
        (CustomerErased(business_id=BUSINESS, customer_id="cu-1"), "customer_erased"),
    ],
)
async def test_a_session_ends_with_what_it_rests_on(world: World, event: CustomerErased, reason: str) -> None:
    await signed_in(world)
    await world.apply(event)
    assert await reasons(world) == [reason]
    assert await world.count("sessions") == 0


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        (customer(portal_access=False), "access_withdrawn"),
        (customer(contact("co-2")), "contact_removed"),
        (customer(contact(email="new@example.com")), "address_changed"),
    ],
)
async def test_what_is_lost_and_given_back_in_one_batch_ends_the_session(
    world: World, lost: Event, reason: str
) -> None:
    await signed_in(world)
    await world.apply(customer(display_name="Before"), lost, customer(display_name="After"))
    assert await reasons(world) == [reason]
    assert [await world.count(table) for table in ("contacts", "sessions")] == [1, 0]


async def test_the_first_reason_in_a_batch_wins_whatever_order_it_arrives_in(world: World) -> None:
    await signed_in(world)
    removed, withdrawn = (
        world.envelope(customer(contact("co-2"))),
        world.envelope(customer(portal_access=False)),
    )
    await world.apply(withdrawn, removed)
    cause = await world.value("SELECT causation_id FROM events WHERE version = 2", str)
    assert (await reasons(world), cause) == (["contact_removed"], removed.id)


async def test_what_was_lost_before_ends_nothing_when_it_is_told_again(world: World) -> None:
    await world.apply(customer(), version=50)
    await signed_in(world)
    await world.apply(customer(portal_access=False), customer(display_name="Again"), version=50)
    assert await reasons(world) == []


async def test_a_change_that_leaves_the_proven_address_leaves_the_session(world: World) -> None:
    await signed_in(world)
    await world.apply(
        customer(contact(email=EMAIL.upper(), phone="+819012345678"), display_name="Married Name")
    )
    assert await reasons(world) == []


async def test_the_revocation_names_the_event_that_caused_it(world: World) -> None:
    await signed_in(world)
    await world.apply(customer(portal_access=False))
    origins = "SELECT array_agg(ARRAY[actor, (causation_id IS NOT NULL)::text] ORDER BY version) FROM events"
    assert await world.value(origins, list[tuple[str, str]]) == [
        ("contact:co-1", "false"),
        ("consumer:auth-otp", "true"),
    ]


async def test_an_older_event_brings_no_access_back(world: World) -> None:
    await world.apply(customer(portal_access=False), version=100)
    await world.apply(customer(), version=99)
    await world.browser().post("/auth/sample-business/codes", data={"address": EMAIL})
    assert await world.send_codes() == []


@pytest.mark.parametrize("together", [True, False])
async def test_the_erased_stay_erased_and_nothing_of_them_is_kept(world: World, together: bool) -> None:
    await signed_in(world)
    erased, later = CustomerErased(business_id=BUSINESS, customer_id="cu-1"), customer()
    if together:
        await world.apply(erased, later)
    else:
        await world.apply(erased)
        await world.apply(later)
    assert [await world.count(table) for table in ("contacts", "sessions", "known_browsers")] == [0, 0, 0]
    await world.browser().post("/auth/sample-business/codes", data={"address": "someone@example.com"})
    assert await world.send_codes() == []


async def test_without_access_no_address_is_kept(world: World) -> None:
    await world.apply(customer(portal_access=False))
    assert await world.count("contacts") == 0


async def test_no_session_begins_beside_its_own_revocation(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    withdrawn = world.envelope(customer(portal_access=False))
    async with world.worker.all_tenants() as tx:
        await world.react(tx, [withdrawn])
        entering = asyncio.create_task(world.enter(browser, code))
        while not (entering.done() or await tx.value(WAITING, int)):  # noqa: ASYNC110  # the server's lock
            await asyncio.sleep(0.02)
    await entering
    assert await world.count("sessions") == 0


async def test_a_portal_that_is_off_lets_nobody_in(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    await world.apply(as_event(PortalDisabled, business(), enabled=False, generation=2))
    answer = await browser.post("/auth/sample-business/sessions", json={"code": code})
    assert (answer.status_code, answer.json()["code"]) == (403, "portal_off")
    asked = await browser.post("/auth/sample-business/codes", data={"address": EMAIL})
    assert asked.headers["location"] == "/portal/sample-business/"
    assert await world.session_events() == []


async def test_sign_out_ends_this_session_and_clears_the_browser(world: World) -> None:
    browser = await signed_in(world)
    answer = await browser.post("/auth/sample-business/sign-out")
    assert answer.headers["location"] == "/portal/sample-business/sign-in"
    assert answer.headers["clear-site-data"] == '"cache"'
    assert cookie_name(BUSINESS) not in browser.cookies
    assert await reasons(world) == ["signed_out"]


async def test_sign_out_everywhere_ends_each_session_of_the_contact(world: World) -> None:
    first = await signed_in(world)
    await world.apply(customer(contact(), contact("co-2", email="other@example.com")))
    other = world.browser()
    await world.enter(other, await world.code_for(other, "other@example.com"))
    await first.post("/auth/sample-business/sign-out", data={"everywhere": "on"})
    assert await reasons(world) == ["signed_out_everywhere"]
    assert await world.count("sessions") == 1


async def test_a_browser_that_signs_out_to_be_forgotten_is_a_stranger_afterwards(world: World) -> None:
    browser = await signed_in(world)
    assert await world.count("known_browsers") == 1
    await browser.post("/auth/sample-business/sign-out", data={"forget": "1"})
    assert await world.count("known_browsers") == 0
    assert [name for name in browser.cookies if name.startswith("__Host-k-")] == []
    assert await reasons(world) == ["signed_out"]


async def test_beyond_so_many_sessions_of_a_contact_the_oldest_ends(servers: Servers) -> None:
    async with World.fresh(servers, contact_sessions=2, send_spacing_seconds=0) as world:
        for _ in range(3):
            await signed_in(world)
        begun = [event.session_id for event in await world.session_events() if isinstance(event, SignedIn)]
        ended = [e.session_id for e in await world.session_events() if isinstance(e, SessionRevoked)]
        assert (len(begun), ended) == (3, begun[:1])
        assert await world.count("sessions") == 2


async def test_a_device_of_somebody_else_is_not_found(world: World) -> None:
    await world.apply(customer(contact(), contact("co-2", email="other@example.com")))
    mine, theirs = await signed_in(world), world.browser()
    await world.enter(theirs, await world.code_for(theirs, "other@example.com"))
    own, foreign = [event.session_id for event in await world.session_events()]
    path = "/auth/sample-business/devices/{}/sign-out"
    refused = await mine.post(path.format(foreign), json={})
    absent = await mine.post(path.format("nothing"), json={})
    assert (refused.status_code, refused.content) == (404, absent.content)
    assert (await mine.post(path.format(own))).headers["location"] == "/portal/sample-business/sign-in"
    assert await reasons(world) == ["signed_out"]


async def test_signing_out_the_others_ends_all_but_this_session_and_no_other_contacts(world: World) -> None:
    await world.apply(customer(contact(), contact("co-2", email="other@example.com")))
    theirs = world.browser()
    await world.enter(theirs, await world.code_for(theirs, "other@example.com"))
    await signed_in(world)
    mine = await signed_in(world)
    answer = await mine.post("/auth/sample-business/devices/sign-out")
    assert answer.headers["location"] == "/portal/sample-business/settings"
    assert await reasons(world) == ["signed_out"]
    assert await world.count("sessions") == 2


async def test_sign_out_clears_this_browser_while_the_database_is_down(world: World) -> None:
    browser = await signed_in(world)
    down = world.context("api", database_url=Secret("postgresql://nobody:x@127.0.0.1:1/none"))
    cut_off = world.browser(at=down)
    cut_off.cookies.update(browser.cookies)
    answer = await cut_off.post("/auth/sample-business/sign-out")
    assert answer.status_code == 303
    assert cookie_name(BUSINESS) not in cut_off.cookies


async def test_a_browser_keeps_its_eight_newest_sessions(world: World) -> None:
    browser = world.browser()
    for number in range(8):
        browser.cookies.set(f"__Host-s-{number:012}", "unreadable", domain="portal.test")
    await world.enter(browser, await world.code_for(browser))
    held = [name for name in browser.cookies if name.startswith("__Host-s-")]
    assert len(held) == 8
    assert cookie_name(BUSINESS) in held
