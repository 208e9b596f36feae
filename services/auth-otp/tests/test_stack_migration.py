"""The tables of identity take over from sign-in's own: nobody is signed out, and nobody comes back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

import httpx
import pytest
from auth_otp.domain.addresses import Address
from auth_otp.domain.stored_addresses import challenge_place, contact_place, session_place
from chassis.clock import new_id, system_clock
from chassis.database.migrations import upgrade
from chassis.identity import SessionToken, cookie_name, find_business
from chassis.settings import Secret
from portal_testing.stack import Servers
from servicehub_events import Business, CustomerErased, SessionRevoked, SignedIn, as_event, encode_event
from servicehub_events_tools.testing import samples

from .sign_in_world import BUSINESS, EMAIL, OTHER_BUSINESS, World, business, customer

pytestmark = pytest.mark.stack
HERE = business(former_slugs=("old-name",), generation=2)
OFF = business(OTHER_BUSINESS, enabled=False, generation=3)
NOW = system_clock()
LIVE = as_event(
    SignedIn,
    samples.session(),
    business_id=BUSINESS,
    customer_id="cu-1",
    contact_id="co-1",
    issued_at=NOW,
    expires_at=NOW + timedelta(days=1),
)

_BUSINESS = (
    "INSERT INTO businesses (business_id, version, slug, former_slugs, enabled, generation, country,"
    " default_locale, locales) VALUES (:business_id, 4, :slug, :former_slugs, :enabled, :generation,"
    " :country, :default_locale, :locales)"
)
_CUSTOMERS = (
    "INSERT INTO customers (business_id, customer_id, version, portal_access, erased, locale) VALUES"
    " ('b-1', 'cu-1', 7, true, false, 'ja'), ('b-1', 'cu-2', 7, false, false, NULL),"
    " ('b-1', 'cu-3', 7, false, true, NULL)"
)
_CONTACT = (
    "INSERT INTO contacts (business_id, customer_id, contact_id, version, email_cipher, email_index)"
    " VALUES ('b-1', 'cu-1', 'co-1', 7, :cipher, :index)"
)
_SESSION = (
    "INSERT INTO sessions (business_id, session_id, customer_id, contact_id, address_index, address_cipher,"
    " remembered, expires_at) VALUES ('b-1', :session_id, 'cu-1', 'co-1', :index, :cipher, false, :ends)"
)
_SIGNED_IN = (
    "INSERT INTO events (business_id, stream, version, event_id, type, data, occurred_at, actor)"
    " VALUES ('b-1', :stream, 1, :event_id, 'portal.SignedIn.v1', CAST(:data AS jsonb), now(), 'contact')"
)
_PUBLISHED = (
    "INSERT INTO outbox (lane, topic, key, headers, value, actor)"
    " SELECT lane, 'portal.' || lane, '', '[]', '', 'auth-otp' FROM unnest(ARRAY['main', 'codes']) AS lane"
)
_REQUEST = (
    "INSERT INTO code_requests (business_id, challenge_id, send_number, generation, pepper, address_cipher,"
    " expires_at) VALUES ('b-1', 'ch-1', 1, 1, :pepper, :cipher, now() + interval '10 minutes')"
)
_POSITIONS = (
    "INSERT INTO positions (consumer, topic, partition, next_offset) VALUES"
    " ('auth-otp', 'portal.businesses.v1', 0, 9), ('auth-otp', 'servicehub.customers.v1', 0, 9)"
)


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World]:
    """A database that the revision before filled, upgraded while somebody is signed in."""
    urls = await servers.empty_database("auth_otp")
    await asyncio.to_thread(upgrade, "auth_otp", Secret(urls.owner), "0004")
    async with aclosing(World(servers, urls)) as running:
        await _fill(running)
        await asyncio.to_thread(upgrade, "auth_otp", Secret(urls.owner))
        yield running


async def _fill(world: World) -> None:
    keys, address = world.worker.addresses, Address.known(EMAIL)
    contact = keys.stored(BUSINESS, address, contact_place(BUSINESS, "cu-1", "co-1"))
    proven = keys.stored(BUSINESS, address, session_place(BUSINESS))
    ids = {"stream": f"session/{LIVE.session_id}", "event_id": new_id()}
    async with world.worker.all_tenants() as tx:
        for state in (HERE, OFF):
            names = ("business_id", "slug", "enabled", "generation", "country", "default_locale")
            lists = {"former_slugs": [*state.former_slugs], "locales": [*state.locales]}
            await tx.run(_BUSINESS, **{name: getattr(state, name) for name in names}, **lists)
        await tx.run(_CUSTOMERS)
        await tx.run(_CONTACT, index=contact.index, cipher=contact.cipher)
        await tx.run(
            _SESSION,
            session_id=LIVE.session_id,
            index=proven.index,
            cipher=proven.cipher,
            ends=LIVE.expires_at,
        )
        await tx.run(_POSITIONS)
        await tx.run(_PUBLISHED)
        asked = keys.stored(BUSINESS, address, challenge_place(BUSINESS))
        await tx.run(_REQUEST, cipher=asked.cipher, pepper=world.settings.code_peppers.current)
        await tx.run(_SIGNED_IN, **ids, data=encode_event(LIVE).decode())


def browser_of_before(world: World, generation: int) -> httpx.AsyncClient:
    """The browser that holds the session of before."""
    browser = world.browser()
    token = SessionToken(
        session_id=LIVE.session_id,
        business_id=BUSINESS,
        generation=generation,
        customer_id="cu-1",
        contact_id="co-1",
        issued_at=int(LIVE.issued_at.timestamp()),
        expires_at=int(LIVE.expires_at.timestamp()),
    )
    browser.cookies.set(cookie_name(BUSINESS), world.web.signer.sign(token), domain="portal.test")
    return browser


async def is_signed_in(world: World, generation: int = 2) -> bool:
    answer = await browser_of_before(world, generation).post("/auth/sample-business/switch")
    return answer.headers["location"] == "/portal/sample-business/choose"


async def reasons(world: World) -> list[str]:
    return [event.reason for event in await world.session_events() if isinstance(event, SessionRevoked)]


async def test_businesses_are_read_again_and_customers_never(world: World) -> None:
    read = "SELECT array_agg(topic) FROM positions WHERE consumer = 'auth-otp'"
    assert await world.value(read, list[str]) == ["servicehub.customers.v1"]
    ids = "SELECT jsonb_object_agg(customer_id, contacts) FROM customers"
    assert await world.value(ids, dict[str, dict[str, list[str]]]) == {
        "cu-1": {"co-1": []},
        "cu-2": {},
        "cu-3": {},
    }


async def test_who_is_signed_in_stays_so_and_others_come_in_before_anything_is_read(world: World) -> None:
    assert await is_signed_in(world)
    assert not await is_signed_in(world, generation=1)
    browser = world.browser()
    await world.send_codes()  # what was asked for before
    code = await world.code_for(browser, slug="old-name")
    assert (await world.enter(browser, code)).headers["location"] == "/portal/sample-business/"
    assert await world.count("sessions") == 2


async def test_who_asked_for_a_code_before_is_sent_it_and_what_waited_to_be_published_does(
    world: World,
) -> None:
    assert [code.address.value for code in await world.send_codes()] == [EMAIL]
    topics = "SELECT array_agg(topic) FROM outbox"
    assert await world.value(topics, list[str]) == ["portal.main"]
    primary_key = (
        "SELECT array_agg(attname) FROM pg_index JOIN pg_attribute a ON attrelid = indrelid"
        " AND attnum = ANY(indkey) WHERE indrelid = 'outbox'::regclass AND indisprimary"
    )
    assert await world.value(primary_key, list[str]) == ["position"]


async def test_what_a_customer_lost_and_regained_before_ends_no_session(world: World) -> None:
    await world.apply(customer(portal_access=False), version=6)
    await world.apply(customer(portal_access=False), version=7)
    assert await reasons(world) == []
    assert await is_signed_in(world)


async def test_what_a_customer_loses_afterwards_ends_its_session(world: World) -> None:
    await world.apply(customer(portal_access=False), version=8)
    assert await reasons(world) == ["access_withdrawn"]
    assert not await is_signed_in(world)


async def test_who_was_without_access_or_erased_gets_none_back_from_the_past(world: World) -> None:
    await world.apply(customer(customer_id="cu-2"), version=6)
    await world.apply(customer(customer_id="cu-3"), version=99)
    await world.apply(CustomerErased(business_id=BUSINESS, customer_id="cu-3"), version=5)
    assert await world.count("contacts") == 1
    erased = "SELECT array_agg(customer_id) FROM customers WHERE erased AND NOT portal_access"
    assert await world.value(erased, list[str]) == ["cu-3"]


async def test_a_portal_stays_as_it_was_while_its_history_is_read(world: World) -> None:
    async def states() -> list[Business | None]:
        async with world.worker.all_tenants() as tx:
            return [await find_business(tx, state.business_id) for state in (HERE, OFF)]

    for history in ((), (business(OTHER_BUSINESS, generation=1),)):
        for state in history:
            await world.apply(state, version=3)
        here, off = await states()
        assert here and off
        assert (here.enabled, here.slug, here.former_slugs) == (True, "sample-business", ("old-name",))
        assert (here.country, here.default_locale, here.locales) == (
            HERE.country,
            HERE.default_locale,
            HERE.locales,
        )
        assert (off.enabled, off.generation) == (False, 3)
        answer = await world.browser().post("/auth/other-business/codes", json={"address": EMAIL})
        assert answer.json()["code"] == "portal_off"
    await world.apply(HERE, version=4)
    assert (await states())[0] == as_event(Business, HERE)
