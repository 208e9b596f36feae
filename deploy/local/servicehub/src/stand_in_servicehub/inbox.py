"""Follows the topic of payments, as ServiceHub would: keeps each payment, and books the money that came."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Never

from servicehub_events import Envelope, Invoice, InvoiceRevised, Payment

from stand_in_servicehub.bookkeeping import book, is_received
from stand_in_servicehub.core import Core
from stand_in_servicehub.errors import BadInput, Unavailable
from stand_in_servicehub.ports import Fetched, PaymentLog
from stand_in_servicehub.rows import Arrival

log = logging.getLogger("simulator")
WAIT_SECONDS = 2.0


async def follow(
    core: Core, payments: PaymentLog, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> Never:
    """Run until cancelled, from where the store says we are; a lost broker is waited for."""
    await core.ready.wait()
    while True:
        try:
            await _read_on(core, payments)
        except Unavailable as error:
            log.warning("simulator.payments_interrupted: %s (next try in %.1f s)", error, WAIT_SECONDS)
        finally:
            await payments.stop()
        await sleep(WAIT_SECONDS)


async def _read_on(core: Core, payments: PaymentLog) -> Never:
    async with core.lock:
        await core.flush()  # what was booked just before Kafka went away
    await payments.start(core.store.positions())
    while True:
        fetched = await payments.fetch()
        if fetched.positions:
            await take(core, fetched)
            await payments.commit(fetched.positions)


async def take(core: Core, fetched: Fetched) -> None:
    """Store what was fetched, then publish what it led to. Raises Unavailable when stored, not published."""
    async with core.lock:
        for arrival in fetched.arrivals:
            if arrival.envelope.business_id in core.profiles:
                _receive(core, arrival)
        core.store.move(fetched.positions)
        await core.flush()


def _receive(core: Core, arrival: Arrival) -> None:
    payment = _newest(core, arrival.envelope)
    try:
        core.take(arrival, _bookings(core, payment) if payment else ())
    except BadInput as error:
        # The invoice can't bear one more entry. The payment is a fact all the same.
        log.error("simulator.payment_not_booked: %s: %s", arrival.envelope.subject, error)
        core.take(arrival, ())


def _newest(core: Core, envelope: Envelope) -> Payment | None:
    """The payment as it will be stored: what arrived, unless a higher version is there already."""
    stored = core.store.payment(envelope.business_id, envelope.subject)
    if stored and stored.version >= envelope.sequence:
        return stored.payment
    return envelope.event if isinstance(envelope.event, Payment) else None


def _bookings(core: Core, payment: Payment) -> list[InvoiceRevised]:
    if not is_received(payment):
        return []
    received_on = payment.occurred_at.astimezone(core.profiles[payment.business_id].zone).date()
    rows = (core.store.get(payment.business_id, "invoice", part.invoice_id) for part in payment.allocations)
    invoices = [row.state for row in rows if row and isinstance(row.state, Invoice)]
    if len(invoices) < len(payment.allocations):
        log.warning("simulator.invoice_unknown: payment %s is for one not kept here", payment.payment_id)
    return [event for invoice in invoices if (event := book(invoice, payment, received_on))]
