"""Webhooks repeat what the payer typed: of an erased customer none is kept, whenever it comes."""

import pytest
from chassis.encryption import FieldCipher
from servicehub_events import CustomerErased

from .billing_world import BUSINESS, CUSTOMER, World, envelope, invoice
from .postings import PAYER_EMAIL, posting

pytestmark = pytest.mark.stack
GONE = CustomerErased(business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id)


async def bodies(world: World) -> dict[str, bytes]:
    """What is kept of each webhook, opened."""
    cipher = FieldCipher(world.worker.settings.field_encryption_keys)
    rows = await world.rows("SELECT event_id, body FROM webhooks ORDER BY 1")
    return {
        str(event_id): bytes(body) and cipher.decrypt(bytes(body), context=f"webhooks/{event_id}")  # pyright: ignore[reportArgumentType]  # a bytea
        for event_id, body in rows
    }


async def test_an_erased_payers_webhooks_lose_their_bodies_and_later_ones_too(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.pay("cs_1")
    await world.posted(posting(payment.payment_id, event_id="evt_1"))
    await world.posted(posting("of-somebody-else", event_id="evt_2"))
    await world.work()
    assert all(PAYER_EMAIL.encode() in body for body in (await bodies(world)).values())

    await world.receive(envelope(GONE, sequence=9))
    found = await bodies(world)
    assert found["evt_1"] == b""
    assert PAYER_EMAIL.encode() in found["evt_2"]  # of no payment of this customer

    await world.posted(posting(payment.payment_id, event_id="evt_3"))
    await world.work()
    assert (await bodies(world))["evt_3"] == b""
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]  # the money stays in the books
