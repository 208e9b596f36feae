"""What others tell becomes rows; the higher version wins; the erased leave their ids."""

from itertools import permutations

import pytest
from msgspec.structs import replace
from portal_testing.envelopes import envelope_of
from servicehub_events import (
    LARGEST_SEQUENCE,
    CustomerErased,
    CustomerRegistered,
    CustomerRevised,
    Envelope,
    InvoiceErased,
    InvoiceIssued,
    InvoiceRevised,
    PortalEnabled,
    as_event,
)
from servicehub_events_tools.testing import samples

from .billing_world import World

pytestmark = pytest.mark.stack

CUSTOMER = as_event(CustomerRegistered, samples.customer())
CUSTOMER_GONE = CustomerErased(business_id=samples.BUSINESS, customer_id=samples.CUSTOMER)
INVOICE = as_event(InvoiceIssued, samples.invoice())
INVOICE_GONE = InvoiceErased(
    business_id=samples.BUSINESS, invoice_id=INVOICE.invoice_id, customer_id=samples.CUSTOMER
)
INVOICES = "SELECT business_id, invoice_id, version, customer_id, state FROM invoices"


async def test_a_business_an_invoice_and_who_may_pay_are_stored(world: World) -> None:
    visits_only = replace(CUSTOMER.contacts[0], contact_id="co-2", roles=("visits",))
    customer = as_event(CustomerRegistered, CUSTOMER, contacts=(*CUSTOMER.contacts, visits_only))
    business = as_event(PortalEnabled, samples.business())
    await world.apply(envelope_of(business, 1), envelope_of(customer, 4), envelope_of(INVOICE, 2))
    assert await world.rows("SELECT slug FROM business_slugs ORDER BY 1") == [
        ("sample",),
        ("sample-business",),
    ]
    assert await world.rows("SELECT customer_id, portal_access, contacts FROM customers") == [
        ("cu-1", True, {"co-1": ["visits", "invoices", "pay"], "co-2": ["visits"]})
    ]
    assert await world.rows("SELECT invoice_id, customer_id, state ->> 'total' FROM invoices") == [
        ("in-1", "cu-1", "17560")
    ]


async def test_nothing_of_a_customer_but_ids_is_kept(world: World) -> None:
    await world.apply(envelope_of(CUSTOMER, 1))
    ((shown,),) = await world.rows("SELECT c::text FROM customers c")
    for private in ("Sample", "example.com", "+81"):
        assert private not in str(shown)


@pytest.mark.parametrize("together", [True, False])
async def test_the_higher_version_wins_in_any_order(world: World, together: bool) -> None:
    newer = envelope_of(as_event(InvoiceRevised, INVOICE, memo="newer"), 7)
    older = envelope_of(as_event(InvoiceRevised, INVOICE, memo="older"), 6)
    if together:
        await world.apply(newer, older)
    else:
        await world.apply(newer)
        await world.apply(older)
    assert await world.rows("SELECT version, state ->> 'memo' FROM invoices") == [(7, "newer")]


async def test_an_erased_invoice_leaves_its_ids(world: World) -> None:
    await world.apply(envelope_of(INVOICE, 1))
    await world.apply(envelope_of(INVOICE_GONE, 2))
    assert await world.rows(INVOICES) == [("b-1", "in-1", LARGEST_SEQUENCE, "cu-1", None)]


ORDERS = list(
    permutations([envelope_of(CUSTOMER, 1), envelope_of(CUSTOMER_GONE, 2), envelope_of(INVOICE, 1)])
)


@pytest.mark.parametrize("order", ORDERS)
async def test_an_erased_customer_leaves_ids_whatever_comes_first(
    world: World, order: tuple[Envelope, ...]
) -> None:
    for event in order:
        await world.apply(event)
    assert await world.rows("SELECT * FROM customers") == [("b-1", "cu-1", LARGEST_SEQUENCE, False, True, {})]
    assert await world.rows(INVOICES) == [("b-1", "in-1", LARGEST_SEQUENCE, "cu-1", None)]


async def test_the_erased_stay_erased_even_if_a_later_row_comes(world: World) -> None:
    await world.apply(envelope_of(CUSTOMER_GONE, 2))
    late = (
        envelope_of(as_event(CustomerRevised, CUSTOMER), 3),
        envelope_of(as_event(InvoiceRevised, INVOICE), 9),
    )
    await world.apply(*late)
    assert await world.rows("SELECT portal_access, erased FROM customers") == [(False, True)]
    assert await world.rows("SELECT version, state FROM invoices") == [(LARGEST_SEQUENCE, None)]


async def test_an_erasure_outranks_every_version(world: World) -> None:
    await world.apply(envelope_of(CUSTOMER, 7), envelope_of(INVOICE, 7))
    await world.apply(envelope_of(CUSTOMER_GONE, 2))
    await world.apply(envelope_of(as_event(CustomerRevised, CUSTOMER), 8), envelope_of(INVOICE, 8))
    assert await world.rows("SELECT portal_access, erased FROM customers") == [(False, True)]
    assert await world.rows("SELECT state FROM invoices") == [(None,)]


async def test_erasing_one_customer_leaves_those_of_other_businesses(world: World) -> None:
    other = (replace(CUSTOMER, business_id="b-2"), replace(INVOICE, business_id="b-2"))
    await world.apply(*(envelope_of(event, 1) for event in (*other, CUSTOMER, INVOICE)))
    await world.apply(envelope_of(CUSTOMER_GONE, 2))
    assert await world.rows("SELECT business_id, erased FROM customers ORDER BY 1") == [
        ("b-1", True),
        ("b-2", False),
    ]
    assert await world.rows("SELECT business_id, state IS NULL FROM invoices ORDER BY 1") == [
        ("b-1", True),
        ("b-2", False),
    ]
