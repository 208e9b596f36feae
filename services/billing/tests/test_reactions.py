"""What others tell becomes rows; the higher version wins; the erased leave their ids."""

from collections.abc import AsyncGenerator, Sequence
from itertools import permutations

import pytest
from billing.reactions import learn
from chassis.clock import new_id
from chassis.database.database import Database
from chassis.events_in.dead_letters import RawRecord
from chassis.events_in.records import Received
from chassis.settings.base import Secret
from msgspec.structs import replace
from servicehub_events import (
    LARGEST_SEQUENCE,
    CustomerErased,
    CustomerRegistered,
    CustomerRevised,
    Envelope,
    Event,
    InvoiceErased,
    InvoiceIssued,
    InvoiceRevised,
    PortalEnabled,
    as_event,
    topic_of,
)
from servicehub_events_tools.testing import samples
from sqlalchemy import text

from .conftest import Emptied

pytestmark = pytest.mark.stack

CUSTOMER = as_event(CustomerRegistered, samples.customer())
CUSTOMER_GONE = CustomerErased(business_id=samples.BUSINESS, customer_id=samples.CUSTOMER)
INVOICE = as_event(InvoiceIssued, samples.invoice())
INVOICE_GONE = InvoiceErased(
    business_id=samples.BUSINESS, invoice_id=INVOICE.invoice_id, customer_id=samples.CUSTOMER
)


def received(event: Event, sequence: int) -> Received:
    topic = topic_of(type(event))
    envelope = Envelope(
        event=event, id=new_id(), source=topic.source, time=samples.session().issued_at, sequence=sequence
    )
    return Received(topic.name, 0, 0, envelope, RawRecord(envelope.key, (), b""))


class Rows:
    """Billing's tables, as its worker sees them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hear(self, *events: Received) -> None:
        async with self._database.transaction() as connection:
            await learn(connection, events)

    async def of(self, columns: str, table: str) -> Sequence[tuple[object, ...]]:
        async with self._database.transaction() as connection:
            return [tuple(row) for row in await connection.execute(text(f"SELECT {columns} FROM {table}"))]


@pytest.fixture
async def rows(emptied: Emptied) -> AsyncGenerator[Rows]:
    database = Database(Secret((await emptied.database()).worker))
    yield Rows(database)
    await database.close()


async def test_a_business_an_invoice_and_who_may_pay_are_stored(rows: Rows) -> None:
    visits_only = replace(CUSTOMER.contacts[0], contact_id="co-2", roles=("visits",))
    customer = as_event(CustomerRegistered, CUSTOMER, contacts=(*CUSTOMER.contacts, visits_only))
    business = as_event(PortalEnabled, samples.business())
    await rows.hear(received(business, 1), received(customer, 4), received(INVOICE, 2))
    assert await rows.of("business_id, slug, version", "businesses") == [("b-1", "sample-business", 1)]
    assert await rows.of("customer_id, portal_access, payers", "customers") == [("cu-1", True, ["co-1"])]
    assert await rows.of("invoice_id, customer_id, state ->> 'total'", "invoices") == [
        ("in-1", "cu-1", "17560")
    ]


async def test_nothing_of_a_customer_but_ids_is_kept(rows: Rows) -> None:
    await rows.hear(received(CUSTOMER, 1))
    ((shown,),) = await rows.of("c::text", "customers c")
    for private in ("Sample", "example.com", "+81"):
        assert private not in str(shown)


@pytest.mark.parametrize("together", [True, False])
async def test_the_higher_version_wins_in_any_order(rows: Rows, together: bool) -> None:
    newer = received(as_event(InvoiceRevised, INVOICE, memo="newer"), 7)
    older = received(as_event(InvoiceRevised, INVOICE, memo="older"), 6)
    if together:
        await rows.hear(newer, older)
    else:
        await rows.hear(newer)
        await rows.hear(older)
    assert await rows.of("version, state ->> 'memo'", "invoices") == [(7, "newer")]


async def test_an_erased_invoice_leaves_its_ids(rows: Rows) -> None:
    await rows.hear(received(INVOICE, 1))
    await rows.hear(received(INVOICE_GONE, 2))
    assert await rows.of("*", "invoices") == [("b-1", "in-1", LARGEST_SEQUENCE, "cu-1", None)]


ORDERS = list(permutations([received(CUSTOMER, 1), received(CUSTOMER_GONE, 2), received(INVOICE, 1)]))


@pytest.mark.parametrize("order", ORDERS)
async def test_an_erased_customer_leaves_ids_whatever_comes_first(
    rows: Rows, order: tuple[Received, ...]
) -> None:
    for event in order:
        await rows.hear(event)
    assert await rows.of("*", "customers") == [("b-1", "cu-1", LARGEST_SEQUENCE, False, [], True)]
    assert await rows.of("*", "invoices") == [("b-1", "in-1", 1, "cu-1", None)]


async def test_the_erased_stay_erased_even_if_a_later_row_comes(rows: Rows) -> None:
    await rows.hear(received(CUSTOMER_GONE, 2))
    late = (received(as_event(CustomerRevised, CUSTOMER), 3), received(as_event(InvoiceRevised, INVOICE), 9))
    await rows.hear(*late)
    assert await rows.of("portal_access, erased", "customers") == [(False, True)]
    assert await rows.of("version, state", "invoices") == [(9, None)]


async def test_an_erasure_outranks_every_version(rows: Rows) -> None:
    await rows.hear(received(CUSTOMER, 7), received(INVOICE, 7))
    await rows.hear(received(CUSTOMER_GONE, 2))
    await rows.hear(received(as_event(CustomerRevised, CUSTOMER), 8), received(INVOICE, 8))
    assert await rows.of("portal_access, erased", "customers") == [(False, True)]
    assert await rows.of("state", "invoices") == [(None,)]


async def test_erasing_one_customer_leaves_those_of_other_businesses(rows: Rows) -> None:
    other = (replace(CUSTOMER, business_id="b-2"), replace(INVOICE, business_id="b-2"))
    await rows.hear(*(received(event, 1) for event in (*other, CUSTOMER, INVOICE)))
    await rows.hear(received(CUSTOMER_GONE, 2))
    assert await rows.of("business_id, erased", "customers ORDER BY 1") == [("b-1", True), ("b-2", False)]
    assert await rows.of("business_id, state IS NULL", "invoices ORDER BY 1") == [
        ("b-1", True),
        ("b-2", False),
    ]
