"""Follows the topic of payments, as ServiceHub would: keeps each payment, and books the money that came.

The topic is read from its beginning at every start. A payment is kept with what it led to, and what is booked
is decided from the invoice alone, so that a repeat finds everything done.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import date
from typing import Never

from servicehub_events import Envelope, Invoice, InvoiceRevised, Payment

from stand_in_servicehub.actions.invoices import write_down
from stand_in_servicehub.core import Core
from stand_in_servicehub.errors import BadInput, Unavailable

log = logging.getLogger("simulator")
WAIT_SECONDS = 2.0
PaymentLog = Callable[[], AsyncGenerator[Sequence[Envelope]]]
"""Reads the topic from its beginning, batch by batch, without end. Raises Unavailable."""


async def follow(
    core: Core, read: PaymentLog, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> Never:
    """Run until cancelled; a lost broker is waited for."""
    await core.ready.wait()
    while True:
        try:
            await take(core, ())  # what was booked just before Kafka went away is still to be published
            async with aclosing(read()) as batches:
                async for envelopes in batches:
                    await take(core, envelopes)
        except Unavailable as error:
            log.warning("simulator.payments_interrupted: %s (next try in %.1f s)", error, WAIT_SECONDS)
        await sleep(WAIT_SECONDS)


async def take(core: Core, envelopes: Sequence[Envelope]) -> None:
    """Store what was read, then publish what it led to. Raises Unavailable when stored, not published."""
    async with core.lock:
        for envelope in envelopes:
            if envelope.business_id in core.profiles:
                _receive(core, envelope)
        await core.flush()


def is_received(payment: Payment) -> bool:
    """Whether the money is there and nobody has to look at it first."""
    return payment.status == "captured" and payment.review is None


def book(invoice: Invoice, payment: Payment, on: date) -> InvoiceRevised | None:
    """The invoice with its part of the payment written down; None when there is nothing (more) to write.

    The entry names the payment and is its echo: whoever adds up counts the payment, not the entry. Money for
    a void invoice is written down too: it came.
    """
    part = next((part for part in payment.allocations if part.invoice_id == invoice.invoice_id), None)
    fits = (payment.customer_id, payment.currency) == (invoice.customer_id, invoice.currency)
    booked = any(entry.portal_payment_id == payment.payment_id for entry in invoice.recorded_payments)
    if part is None or not fits or booked or not is_received(payment):
        return None
    return write_down(invoice, "other", part.amount, on, payment.payment_id)


def _receive(core: Core, envelope: Envelope) -> None:
    stored = core.store.get(envelope.business_id, "payment", envelope.subject)
    newest = stored.state if stored and stored.version >= envelope.sequence else envelope.event
    try:
        bookings = _bookings(core, newest) if isinstance(newest, Payment) else []
        core.store.record(core.envelopes(bookings), heard=envelope)
    except BadInput as error:
        # The invoice can't bear one more entry. The payment is a fact all the same.
        log.error("simulator.payment_not_booked: %s: %s", envelope.subject, error)
        core.store.record((), heard=envelope)


def _bookings(core: Core, payment: Payment) -> list[InvoiceRevised]:
    if not is_received(payment):
        return []
    on = payment.occurred_at.astimezone(core.profiles[payment.business_id].zone).date()
    rows = (core.store.get(payment.business_id, "invoice", part.invoice_id) for part in payment.allocations)
    invoices = [row.state for row in rows if row and isinstance(row.state, Invoice)]
    if len(invoices) < len(payment.allocations):
        log.warning("simulator.invoice_unknown: payment %s is for one not kept here", payment.payment_id)
    return [event for invoice in invoices if (event := book(invoice, payment, on))]
