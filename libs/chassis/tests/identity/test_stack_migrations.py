"""A service's own tables become those of identity: nothing is lost, and nothing that was lost comes back."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from chassis.identity import SlugOwner, find_business
from chassis.identity.tables import metadata
from local_stack.servers.databases import create_database, database_urls
from portal_testing.envelopes import envelope_of
from portal_testing.identity import Rights
from portal_testing.identity.samples import EXPIRES, business, customer, token
from portal_testing.stack import Servers
from servicehub_events import LARGEST_SEQUENCE, Business, as_event, encode_event
from sqlalchemy import Connection

from .tables_identity import TablesIdentity, migrated
from .upgrades import (
    BUSINESSES,
    CUSTOMERS,
    create_former,
    upgrade_auth_otp,
    upgrade_billing,
    upgrade_notifier,
)

pytestmark = pytest.mark.stack
Rows = Mapping[str, Mapping[str, object]]
"""Statements that fill tables, with their values."""

Upgraded = Callable[[str, Rows, Callable[[str], None]], Awaitable[TablesIdentity]]
ANONYMOUS, ACCESS_OFF = Rights("anonymous"), Rights("access_off")
STATE = business("b-1", "new", "old")
WHOLE = {
    "INSERT INTO businesses VALUES ('b-1', 4, 'new', CAST(:state AS jsonb))": {
        "state": encode_event(STATE).decode()
    }
}
HISTORY = [
    envelope_of(customer("cu-1", access=False), 6),
    envelope_of(customer("cu-2"), 6),
    envelope_of(customer("cu-3"), 6),
]
"""Who has access lacked it before, and who lacks it had it."""


def positions_of(*consumers: str) -> Rows:
    statement = (
        "INSERT INTO positions SELECT c, t, 0, 9 FROM unnest(CAST(:consumers AS text[])) AS c,"
        " unnest(CAST(:topics AS text[])) AS t"
    )
    return {statement: {"consumers": list(consumers), "topics": [BUSINESSES, CUSTOMERS]}}


@pytest.fixture
async def upgraded(servers: Servers) -> AsyncGenerator[Upgraded]:
    """A database with a service's tables of before and rows in them, brought to the tables of identity."""
    ending = AsyncExitStack()

    async def upgrade(service: str, rows: Rows, migrate: Callable[[str], None]) -> TablesIdentity:
        name = f"former_{service}"
        await create_database(servers.superuser_url, name, servers.secrets)
        urls = database_urls(servers.superuser_url, name, servers.secrets)
        migrated(urls.owner, lambda: create_former(name))
        tables = await ending.enter_async_context(aclosing(TablesIdentity(servers, urls)))
        async with tables.as_owner() as tx:
            for statement, values in rows.items():
                await tx.run(statement, **values)
        migrated(urls.owner, lambda: migrate(name))
        return tables

    yield upgrade
    await ending.aclose()


async def positions(tables: TablesIdentity) -> set[tuple[object, ...]]:
    return set(await tables.rows("SELECT consumer, topic FROM positions"))


async def differences(tables: TablesIdentity) -> list[object]:
    """Between the tables in code and those of the database."""

    def compare(connection: Connection) -> list[object]:
        def is_ours(_: object, name: str | None, kind: str, *__: object) -> bool:
            return kind != "table" or name in metadata.tables

        options = {"include_object": is_ours, "compare_type": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with tables.as_owner() as tx:
        return await tx.connection.run_sync(compare)


async def test_billing_knows_who_may_pay_all_the_time(upgraded: Upgraded) -> None:
    people = (
        "INSERT INTO customers (business_id, customer_id, version, portal_access, payers, erased) VALUES"
        " ('b-1', 'cu-1', 7, true, '{co-1}', false), ('b-1', 'cu-2', 7, false, '{co-1}', false),"
        " ('b-1', 'cu-3', :erased, false, '{}', true)"
    )
    rows = {
        people: {"erased": LARGEST_SEQUENCE},
        "INSERT INTO ended_sessions VALUES ('b-1', 'se-ended', 2, :at)": {"at": EXPIRES},
    }
    tables = await upgraded(
        "billing", {**WHOLE, **rows, **positions_of("billing.people", "billing.work")}, upgrade_billing
    )
    assert await differences(tables) == []
    assert await positions(tables) == {
        ("billing.people", BUSINESSES),
        ("billing.work", BUSINESSES),
        ("billing.work", CUSTOMERS),
    }
    assert await tables.slug_owner("old") == SlugOwner("b-1", "new")
    assert await tables.rights(token("se-ended"), "b-1") == ANONYMOUS
    for _ in ("upgraded", "its customers' history read"):
        held = Rights("signed_in", "cu-1", "co-1", frozenset({"invoices", "pay"}))
        assert await tables.rights(token(), "b-1") == held
        assert await tables.rights(token(customer_id="cu-2"), "b-1") == ACCESS_OFF
        assert await tables.rights(token(customer_id="cu-3"), "b-1") == ANONYMOUS
        await tables.apply(*HISTORY)
    await tables.apply(envelope_of(customer("cu-1", contacts={"co-1": ("visits",)}), 7))
    held = Rights("signed_in", "cu-1", "co-1", frozenset({"visits"}))
    assert await tables.rights(token(), "b-1") == held


async def test_notifier_knows_no_contact_until_it_reads_customers_again(upgraded: Upgraded) -> None:
    people = (
        "INSERT INTO customers VALUES ('b-1', 'cu-1', 7, true, false, '{co-1}', NULL),"
        " ('b-1', 'cu-3', :erased, false, true, '{}', NULL)"
    )
    rows = {**WHOLE, people: {"erased": LARGEST_SEQUENCE}, **positions_of("notifier.people")}
    tables = await upgraded("notifier", rows, upgrade_notifier)
    assert await differences(tables) == []
    assert await positions(tables) == {("notifier.people", BUSINESSES)}
    await tables.apply(*HISTORY)
    assert await tables.rights(token(), "b-1") == ACCESS_OFF
    assert await tables.rights(token(customer_id="cu-3"), "b-1") == ANONYMOUS
    await tables.apply(envelope_of(customer("cu-1", contacts={"co-1": ("pay",)}), 7))
    held = Rights("signed_in", "cu-1", "co-1", frozenset({"invoices", "pay"}))
    assert await tables.rights(token(), "b-1") == held


async def test_auth_otp_has_its_portals_all_the_time_and_ends_no_session_for_what_is_past(
    upgraded: Upgraded,
) -> None:
    rows: Rows = {
        "INSERT INTO businesses VALUES ('b-1', 4, 'new', '{old}', false, 3, 'JP', 'ja', '{ja,en}')": {},
        "INSERT INTO customers (business_id, customer_id, version, portal_access, erased)"
        " VALUES ('b-1', 'cu-1', 7, true, false), ('b-1', 'cu-3', 7, false, true)": {},
        "INSERT INTO contacts VALUES ('b-1', 'cu-1', 'co-1')": {},
        **positions_of("auth-otp"),
    }
    tables = await upgraded("auth_otp", rows, upgrade_auth_otp)
    assert await positions(tables) == {("auth-otp", CUSTOMERS)}
    newest = business("b-1", "new", "old", enabled=False, generation=3)
    for _ in ("upgraded", "its businesses' history read"):
        assert await tables.slug_owner("old") == SlugOwner("b-1", "new")
        state = await business_in(tables)
        assert state
        assert (state.enabled, state.generation, state.country) == (False, 3, newest.country)
        assert (state.default_locale, state.locales) == (newest.default_locale, newest.locales)
        await tables.apply(envelope_of(business("b-1", "old"), 3))
    await tables.apply(envelope_of(newest, 4))
    assert await business_in(tables) == as_event(Business, newest)
    changes = await tables.changes(*HISTORY)
    assert [envelope.subject for envelope in changes.newer] == ["cu-2"]
    async with tables.web.tenant("b-1") as tx:
        contacts = "SELECT contacts FROM customers WHERE customer_id = 'cu-1'"
        assert await tx.value(contacts, dict[str, list[str]]) == {"co-1": []}


async def business_in(tables: TablesIdentity) -> Business | None:
    async with tables.web.tenant("b-1") as tx:
        return await find_business(tx, "b-1")
