"""The tables of identity: rights of the roles, locks, what is reported, and the cost of a batch."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from chassis.database import Transaction
from chassis.identity import (
    Viewer,
    find_business,
    find_viewer,
    upsert_businesses,
    upsert_customers,
    upsert_session_ends,
    without_erased,
)
from chassis.identity.tables import metadata
from local_stack.servers.databases import DatabaseUrls
from portal_testing.envelopes import envelope_of
from portal_testing.identity.samples import business, customer, ended, erased, signed_in, token
from portal_testing.stack import eventually
from servicehub_events import Envelope, InvoiceErased, InvoiceIssued, PaymentCaptured, as_event
from servicehub_events_tools.testing import samples
from sqlalchemy import create_engine, event
from sqlalchemy.exc import ProgrammingError

from .tables_identity import TablesIdentity

pytestmark = pytest.mark.stack
INVOICE = envelope_of(as_event(InvoiceIssued, samples.invoice()), 4)
GONE = InvoiceErased(business_id="b-1", customer_id="cu-1", invoice_id="in-1")
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
async def twins(tables: TablesIdentity) -> TablesIdentity:
    """Two businesses with the same ids, and a row of each in every table."""
    for key, slug in (("b-1", "one"), ("b-2", "two")):
        states = (business(key, slug), customer(business_id=key), ended(signed_in(business_id=key)))
        await tables.apply(*(envelope_of(state) for state in states))
    return tables


def test_the_tables_in_code_are_those_of_the_migration(identity_urls: DatabaseUrls) -> None:
    engine = create_engine(identity_urls.owner.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.mark.parametrize("table", metadata.tables)
async def test_the_web_role_sees_one_tenant_or_none(twins: TablesIdentity, table: str) -> None:
    owners = f"SELECT array_agg(DISTINCT business_id) FROM {table}"
    async with twins.web.all_tenants() as tx:
        assert await tx.value(owners, list[str]) is None
    async with twins.web.tenant("b-2") as tx:
        assert await tx.value(owners, list[str]) == ["b-2"]


async def test_the_web_role_finds_the_owner_of_a_slug_without_a_tenant(twins: TablesIdentity) -> None:
    owner = await twins.slug_owner("two")
    assert owner
    assert owner.business_id == "b-2"


@pytest.mark.parametrize("table", metadata.tables)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET version = 9"])
async def test_the_web_role_changes_nothing(twins: TablesIdentity, table: str, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with twins.web.tenant("b-1") as tx:
            await tx.run(statement.format(table))


async def test_a_worker_who_sees_all_tenants_asks_about_one(twins: TablesIdentity) -> None:
    theirs = (customer("cu-2", business_id="b-2"), ended(signed_in("se-2", business_id="b-2")))
    await twins.apply(*(envelope_of(state, 2) for state in theirs))
    async with twins.worker.all_tenants() as tx:
        portal = await find_business(tx, "b-1")
        assert portal
        assert await find_viewer(tx, token("se-2"), portal) == Viewer("signed_in", "cu-1", "co-1", roles=None)
        assert await find_viewer(tx, token("se-2", customer_id="cu-2"), portal) == Viewer("anonymous")


async def test_a_batch_reports_which_businesses_and_session_ends_it_changed(tables: TablesIdentity) -> None:
    first, second = business("b-1", "one"), business("b-2", "two")
    end = ended(signed_in())
    async with tables.worker.all_tenants() as tx:
        assert await upsert_businesses(None, tx, [envelope_of(first, 2)]) == {"b-1"}
        assert await upsert_businesses(
            None, tx, [envelope_of(first, 2), envelope_of(second, 1), envelope_of(second, 2)]
        ) == {"b-2"}
        assert await upsert_session_ends(None, tx, [envelope_of(signed_in()), envelope_of(end, 2)]) == {
            ("b-1", "se-1")
        }
        assert await upsert_session_ends(None, tx, [envelope_of(end, 2)]) == set()


async def left_of(tables: TablesIdentity, *batch: Envelope) -> list[object]:
    async with tables.worker.all_tenants() as tx:
        left = await without_erased(tx, batch)
    return [(envelope.event, envelope.sequence) for envelope in left]


async def test_of_an_erased_customer_ids_alone_are_passed_on(tables: TablesIdentity) -> None:
    other = envelope_of(as_event(InvoiceIssued, samples.invoice(), business_id="b-2"), 5)
    payment = envelope_of(as_event(PaymentCaptured, samples.payment()), 6)
    batch = (INVOICE, other, payment, envelope_of(business()))
    assert await left_of(tables, *batch) == [(e.event, e.sequence) for e in batch]
    await tables.apply(envelope_of(erased(), 2))
    assert await left_of(tables, *batch) == [(GONE, 4), (other.event, 5), (business(), 1)]


async def until_held_up(task: asyncio.Task[object], tx: Transaction) -> None:
    """Wait until the task waits for a lock, or has ended without one."""

    async def held_up() -> bool:
        return task.done() or bool(await tx.value(WAITING, int))

    await eventually(held_up, what="the other transaction waits", within=30, every=0.01)


async def test_who_writes_for_a_customer_waits_for_its_erasure(tables: TablesIdentity) -> None:
    async with tables.worker.all_tenants() as tx:
        await upsert_customers(None, tx, [envelope_of(erased())])
        writing = asyncio.create_task(left_of(tables, INVOICE))
        await until_held_up(writing, tx)
        assert not writing.done()
    assert await writing == [(GONE, 4)]


async def test_who_erases_a_customer_waits_for_what_is_written_for_it(tables: TablesIdentity) -> None:
    async with tables.worker.all_tenants() as tx:
        await without_erased(tx, [INVOICE])
        erasing = asyncio.create_task(tables.apply(envelope_of(erased())))
        await until_held_up(erasing, tx)
        assert not erasing.done()
    await erasing


async def test_two_who_write_for_a_customer_do_not_wait_for_each_other(tables: TablesIdentity) -> None:
    async with tables.worker.all_tenants() as tx:
        await without_erased(tx, [INVOICE])
        assert await left_of(tables, INVOICE)


def batch(length: int) -> list[Envelope]:
    """So many customers and ended sessions, of up to fifty businesses, and an erasure."""
    keys = [(f"b-{number % 50}", number) for number in range(length)]
    portals = [business(f"b-{number}", f"slug-{number}") for number in range(min(length, 50))]
    people = [customer(f"cu-{number}", business_id=key) for key, number in keys]
    ends = [ended(signed_in(f"se-{number}", business_id=key)) for key, number in keys]
    return [envelope_of(state) for state in (*portals, *people, erased(), *ends)]


async def test_a_batch_costs_as_many_statements_as_one_event_of_each_kind(tables: TablesIdentity) -> None:
    assert await statements_of(tables, batch(1)) == await statements_of(tables, batch(500)) == 6


async def statements_of(tables: TablesIdentity, batch: list[Envelope]) -> int:
    sent: list[object] = []

    def count(*_: object) -> None:
        sent.append(None)

    engine = tables.worker.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    await tables.apply(*batch)
    event.remove(engine, "before_cursor_execute", count)
    return len(sent)
