"""What other services' events mean to billing: rows of its own, the higher version winning.

An erased customer stays erased: later rows of it are ignored, its invoices keep their ids alone, and the
webhooks of its payments no body, whichever of the topics is read first. An invoice that changed has its open
payments asked about: they may take more now than is owed.
"""

from collections.abc import Sequence

from chassis.database import Transaction, lock_named
from chassis.events_in import Reactions
from servicehub_events import (
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Invoice,
    InvoiceErased,
    Session,
)

from billing.context import Context
from billing.store import checkout_sessions, invoices, payers, webhooks

_ERASURE = ["billing.erasure"]
"""Two workers may hold a customer's erasure and an invoice of theirs at once: neither may pass unseen."""


async def businesses_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store the newest state of each business."""
    await payers.upsert_businesses(tx, batch)


async def customers_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store who may pay; of whom is erased, leave ids alone."""
    gone = sorted({_customer(e) for e in batch if isinstance(e.event, CustomerErased)})
    await lock_named(tx, _ERASURE, alone=bool(gone))
    erased = await payers.list_erased(tx, {_customer(e) for e in batch})
    await payers.upsert_customers(tx, batch, erased.union(gone))
    if gone:
        await checkout_sessions.mark_sessions_due(tx, await invoices.forget_invoices(tx, gone))
        await webhooks.forget_bodies(tx, gone)


async def sessions_ended(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store which sessions ended before their time."""
    await payers.upsert_session_ends(tx, batch)


async def invoices_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store what is owed, and have open payments on it asked about."""
    await lock_named(tx, _ERASURE, alone=False)
    erased = await payers.list_erased(tx, {_customer(e) for e in batch})
    changed = await invoices.upsert_invoices(tx, batch, erased)
    await checkout_sessions.mark_sessions_due(tx, changed)


def _customer(envelope: Envelope) -> tuple[str, str]:
    event = envelope.event
    assert isinstance(event, Customer | CustomerErased | Invoice | InvoiceErased)  # noqa: S101  # by the tables
    return event.business_id, event.customer_id


# A consumer each, so that a flood of invoices delays no revocation.
IDENTITY: Reactions[Context] = {
    Business: businesses_changed,
    Customer: customers_changed,
    CustomerErased: customers_changed,
    Session: sessions_ended,
}
DOCUMENTS: Reactions[Context] = {Invoice: invoices_changed, InvoiceErased: invoices_changed}
