"""Webhooks repeat what the payer typed: of an erased customer none is kept, whenever it comes."""

import msgspec
import pytest
from chassis.encryption import FieldCipher
from servicehub_events import CustomerErased

from .billing_world import BUSINESS, CUSTOMER, World, invoice
from .postings import PAYER_EMAIL, posting

pytestmark = pytest.mark.stack
GONE = CustomerErased(business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id)


class _Webhook(msgspec.Struct):
    event_id: str
    body: bytes


async def bodies(world: World) -> dict[str, bytes]:
    """What is kept of each webhook, opened."""
    cipher = FieldCipher(world.settings.field_encryption_keys)
    async with world.worker.all_tenants() as tx:
        rows = await tx.all("SELECT event_id, body FROM webhooks ORDER BY 1", _Webhook)
    return {
        row.event_id: row.body and cipher.decrypt(row.body, context=f"webhooks/{row.event_id}")
        for row in rows
    }


async def test_an_erased_payers_webhooks_lose_their_bodies_and_later_ones_too(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.pay("cs_1")
    await world.posted(posting(payment.payment_id, event_id="evt_1"))
    await world.work()
    await world.posted(posting("of-somebody-else", event_id="evt_2"))
    assert all(PAYER_EMAIL.encode() in body for body in (await bodies(world)).values())

    await world.apply(GONE)
    found = await bodies(world)
    assert found["evt_1"] == b""
    assert PAYER_EMAIL.encode() in found["evt_2"]  # of no payment of this customer, and not handled yet

    await world.posted(posting(payment.payment_id, event_id="evt_3"))
    await world.work()
    assert (await bodies(world))["evt_3"] == b""
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]  # the money stays in the books
