"""Row-level security as the service's real roles, and what a stolen database would give away."""

import pytest
from sqlalchemy.exc import ProgrammingError

from .sign_in_world import BUSINESS, EMAIL, OTHER_BUSINESS, World, customer

pytestmark = pytest.mark.stack
READABLE = ("businesses", "customers", "contacts", "sessions", "failures", "known_browsers", "events")
CLOSED = ("code_requests", "outbox", "positions", "dead_letters", "sms_days")


@pytest.fixture
async def lived_in(world: World) -> World:
    """A world with a row of the first business in every table."""
    browser = world.browser()
    code = await world.code_for(browser)
    await world.enter(browser, f"{(int(code) + 1) % 1_000_000:06}")
    await world.enter(browser, code)
    await world.browser().post("/auth/sample-business/codes", data={"address": "nobody@example.com"})
    return world


@pytest.mark.parametrize("table", READABLE)
async def test_web_sees_the_rows_of_one_business_alone(lived_in: World, table: str) -> None:
    count = f"SELECT count(business_id) FROM {table} WHERE business_id = '{BUSINESS}'"
    async with lived_in.web.tenant(OTHER_BUSINESS) as tx:
        assert not await tx.value(count, int)
    async with lived_in.web.tenant(BUSINESS) as tx:
        assert await tx.value(count, int)
    async with lived_in.web.all_tenants() as tx:  # on the same connection, which forgets the tenant
        assert not await tx.value(count, int)


@pytest.mark.parametrize("table", CLOSED)
async def test_web_cannot_read_what_has_no_tenant_or_holds_codes_to_send(lived_in: World, table: str) -> None:
    async with lived_in.web.tenant(BUSINESS) as tx:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await tx.run(f"SELECT * FROM {table}")
        await tx.connection.rollback()


@pytest.mark.parametrize("column", ["email_cipher", "phone_cipher", "locale"])
async def test_web_cannot_read_what_it_does_not_need_of_a_contact(lived_in: World, column: str) -> None:
    async with lived_in.web.tenant(BUSINESS) as tx:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await tx.run(f"SELECT {column} FROM contacts")
        await tx.connection.rollback()


async def test_web_cannot_write_for_another_business(lived_in: World) -> None:
    row = (
        f"INSERT INTO known_browsers (business_id, address_index, browser_id) VALUES ('{BUSINESS}', 'a', 'b')"
    )
    async with lived_in.web.tenant(OTHER_BUSINESS) as tx:
        with pytest.raises(ProgrammingError, match="row-level security"):
            await tx.run(row)
        await tx.connection.rollback()


async def test_equal_ids_in_two_businesses_stay_apart(world: World) -> None:
    await world.apply(customer(business_id=OTHER_BUSINESS))
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    await world.apply(customer(business_id=OTHER_BUSINESS, portal_access=False))
    assert await world.count("sessions") == 1


async def test_a_dump_holds_no_address_no_code_and_no_token(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    await world.enter(browser, code)
    await world.browser().post("/auth/sample-business/codes", data={"address": EMAIL})
    dump = ""
    for table in (*READABLE, "code_requests", "outbox", "sms_days"):
        dump += await world.value(f"SELECT string_agg(to_jsonb(t)::text, ' ') FROM {table} t", str) or ""
    secrets = [EMAIL, EMAIL.encode().hex(), EMAIL.split("@")[0], *browser.cookies.values()]
    assert [secret for secret in secrets if secret in dump] == []
    assert f'"{code}"' not in dump
