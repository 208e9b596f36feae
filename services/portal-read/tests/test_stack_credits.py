"""What the business holds for a customer: found however old, and never shown to another one."""

import httpx
import pytest
from msgspec.structs import replace
from portal_world import ROOT, World
from servicehub_events import (
    Allocation,
    CustomerRegistered,
    InvoiceIssued,
    PaymentCaptured,
    PortalEnabled,
    RecordedPayment,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
INVOICE = replace(samples.invoice(), recorded_payments=())
CASH = RecordedPayment(id="r-9", method="cash", amount=INVOICE.total + 700, received_on=INVOICE.issued_on)


def paid(invoice_id: str, amount: int, customer_id: str = samples.CUSTOMER) -> PaymentCaptured:
    part = Allocation(invoice_id=invoice_id, invoice_version=1, amount=amount)
    return as_event(
        PaymentCaptured,
        samples.payment(),
        payment_id=f"pa-{invoice_id}",
        customer_id=customer_id,
        amount=amount,
        allocations=(part,),
        refunds=(),
    )


async def english(world: World, path: str) -> httpx.Response:
    """What the sample's contact gets who reads English in this browser."""
    return await world.get(path, f"{world.cookie()}; __Host-lang=en")


@pytest.fixture
async def known(world: World) -> World:
    """A signed-in contact."""
    await world.apply(
        as_event(PortalEnabled, samples.business()),
        as_event(CustomerRegistered, samples.customer()),
        as_event(SignedIn, samples.session()),
    )
    return world


async def test_an_old_credit_is_found_behind_newer_invoices(known: World) -> None:
    await known.apply(as_event(InvoiceIssued, INVOICE), paid(INVOICE.invoice_id, INVOICE.total + 500))
    for number in range(5):
        newer = replace(INVOICE, invoice_id=f"in-{number + 50}", number=f"N{number}")
        await known.apply(as_event(InvoiceIssued, newer), paid(newer.invoice_id, INVOICE.total))
    page = (await english(known, ROOT)).text
    assert "You have a credit of ¥500" in page
    assert f"{ROOT}/invoices/{INVOICE.invoice_id}" in page


async def test_cash_beyond_an_invoice_is_a_credit_without_any_payment_in_the_portal(known: World) -> None:
    await known.apply(as_event(InvoiceIssued, INVOICE, recorded_payments=(CASH,)))
    assert "You have a credit of ¥700" in (await english(known, ROOT)).text


async def test_a_credit_of_somebody_else_is_not_shown(known: World) -> None:
    other = replace(INVOICE, customer_id="cu-2", invoice_id="in-2")
    await known.apply(as_event(InvoiceIssued, other), paid("in-2", INVOICE.total + 500, "cu-2"))
    abroad = replace(INVOICE, business_id="biz-other", invoice_id="in-3", recorded_payments=(CASH,))
    await known.apply(as_event(InvoiceIssued, abroad))
    assert "You have a credit" not in (await english(known, ROOT)).text
