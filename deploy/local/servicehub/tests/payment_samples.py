"""Payments of the demo's customers, as billing publishes them."""

from datetime import UTC, datetime

from servicehub_events import (
    Allocation,
    Envelope,
    Method,
    Payment,
    PaymentCaptured,
    Processor,
    as_event,
    uuid7,
)

SPARKLE, HIKARI = "biz-sparkle", "biz-hikari"


def captured(
    *parts: tuple[str, int],
    payment_id: str = "pay-1",
    business_id: str = SPARKLE,
    customer_id: str = "c-1001",
    currency: str = "USD",
) -> PaymentCaptured:
    """Paid by card for these invoices: (id, amount in minor units)."""
    return PaymentCaptured(
        business_id=business_id,
        payment_id=payment_id,
        customer_id=customer_id,
        contact_id="p-1",
        status="captured",
        amount=sum(amount for _, amount in parts),
        currency=currency,
        allocations=tuple(
            Allocation(invoice_id=invoice_id, invoice_version=1, amount=amount)
            for invoice_id, amount in parts
        ),
        method=Method(type="card", brand="visa", last4="4242"),
        refunds=(),
        processor=Processor(name="stripe", account="acct_sparkle", reference="cs_1"),
        occurred_at=datetime(2026, 11, 20, 15, 30, tzinfo=UTC),
    )


def told(payment: Payment, version: int = 2) -> Envelope:
    """On its way over Kafka; each call is a delivery with an id of its own."""
    event = payment if type(payment) is not Payment else as_event(PaymentCaptured, payment)
    return Envelope(
        event=event,
        id=str(uuid7()),
        source="/portal/billing",
        time=payment.occurred_at,
        sequence=version,
    )
