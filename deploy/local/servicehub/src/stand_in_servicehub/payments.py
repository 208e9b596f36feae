"""Follows what the portal publishes for ServiceHub: keeps each payment, books the money that came, and keeps
what was rejected of its own records, sessions, requests, and what staff should know of contacts.

The topics are read from their beginning at every start. A payment is kept with what it led to, and what is
booked is decided from the invoice alone, so that a repeat finds everything done.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Never

import msgspec
from servicehub_events import Envelope, Invoice, InvoiceRevised, Payment

from stand_in_servicehub.actions.invoices import write_down
from stand_in_servicehub.core import Core
from stand_in_servicehub.errors import BadInput, Unavailable

log = logging.getLogger("simulator")
WAIT_SECONDS = 2.0
PortalLog = Callable[[], AsyncGenerator[Sequence[Envelope]]]
"""Reads the topics from their beginning, batch by batch, without end. Raises Unavailable."""


async def follow(
    core: Core, read: PortalLog, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
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
            log.warning("simulator.portal_interrupted: %s (next try in %.1f s)", error, WAIT_SECONDS)
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


def _receive(core: Core, envelope: Envelope) -> None:
    stored = core.store.get(envelope.business_id, "payment", envelope.subject)
    newest = stored.state if stored and stored.version >= envelope.sequence else envelope.event
    try:
        bookings = _bookings(core, newest) if isinstance(newest, Payment) else ()
        core.store.record(core.envelopes(bookings), received=envelope)
    except (BadInput, msgspec.ValidationError) as error:
        # The invoice can't bear one more entry. The payment is a fact all the same.
        log.error("simulator.payment_not_booked: %s: %s", envelope.subject, error)
        core.store.record((), received=envelope)


def _bookings(core: Core, payment: Payment) -> Iterator[InvoiceRevised]:
    """Each invoice with its part of the payment written down, unless it is already.

    The entry names the payment and is its echo: whoever adds up counts the payment, not the entry. Money for
    a void invoice is written down too: it came.
    """
    on = payment.occurred_at.astimezone(core.profiles[payment.business_id].zone).date()
    for part in payment.allocations if is_received(payment) else ():
        row = core.store.get(payment.business_id, "invoice", part.invoice_id)
        if row is None or not isinstance(invoice := row.state, Invoice):
            log.warning("simulator.invoice_unknown: payment %s is for one not kept here", payment.payment_id)
            continue
        fits = (payment.customer_id, payment.currency) == (invoice.customer_id, invoice.currency)
        booked = {entry.portal_payment_id for entry in invoice.recorded_payments}
        if fits and payment.payment_id not in booked:
            yield write_down(invoice, "other", part.amount, on, payment.payment_id)
