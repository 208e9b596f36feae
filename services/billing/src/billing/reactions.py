"""What other services' events mean to billing: rows of its own, the higher version winning.

An erased customer stays erased: later rows of it are ignored, its invoices keep their ids alone, the webhooks
of its payments no body, its papers are gone and its kept cards are erased, as those of a contact who left
are, whichever of the topics is read first. An invoice that changed has its open payments asked about: they
may take more now than is owed. Whatever changed, autopay is looked at again; a notice that was sent lets it
go on.
"""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.events_in import Reactions
from chassis.identity import upsert_businesses, upsert_customers, upsert_session_ends, without_erased
from chassis.identity.changes import customer_of
from servicehub_events import (
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Invoice,
    InvoiceErased,
    Message,
    Session,
)

from billing.context import Context
from billing.handlers.pay_automatically import notices_sent
from billing.store import (
    account_checks,
    autopays,
    checkout_sessions,
    invoices,
    kept_papers,
    pay_links,
    vaults,
    webhooks,
)


async def businesses_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store each business; an account that it set is asked about, and so are pages on one it had before."""
    changed = await upsert_businesses(ctx, tx, batch)
    await account_checks.follow_businesses(tx, changed)
    await checkout_sessions.mark_former_accounts_due(tx, changed)
    await vaults.follow_accounts(tx, changed)
    await autopays.mark_businesses_due(tx, changed, ctx.clock())


async def customers_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store who may pay; of whom is erased, leave ids alone, and of a contact who left, no card."""
    changes = await upsert_customers(ctx, tx, batch)
    newer = [key for envelope in changes.newer if (key := customer_of(envelope))]
    await vaults.forget_vaults(tx, newer)
    if erased := [(customer.business_id, customer.customer_id) for customer in changes.erased]:
        await checkout_sessions.mark_sessions_due(tx, await invoices.forget_invoices(tx, erased))
        await webhooks.forget_bodies(tx, erased)
        await kept_papers.forget_papers(tx, erased)
    await _end_pay_links(tx, changes.newer)
    await autopays.mark_due(tx, newer, ctx.clock())


async def _end_pay_links(tx: Transaction, newer: Sequence[Envelope]) -> None:
    """Whose access is switched off, also for a moment, loses the pay links that were sent until then."""
    for envelope in newer:
        customer = envelope.event
        if isinstance(customer, Customer) and not customer.portal_access:
            own = tx.of(customer.business_id)
            await pay_links.end_links(own, "customer", customer.customer_id, envelope.time)


async def invoices_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store what is owed, and have open payments on it asked about."""
    changed = await invoices.upsert_invoices(tx, await without_erased(tx, batch))
    await checkout_sessions.mark_sessions_due(tx, changed)
    await autopays.mark_invoices_due(tx, changed, ctx.clock())


# A consumer each, so that a flood of invoices delays no revocation.
IDENTITY: Reactions[Context] = {
    Business: businesses_changed,
    Customer: customers_changed,
    CustomerErased: customers_changed,
    Session: upsert_session_ends,
}
DOCUMENTS: Reactions[Context] = {
    Invoice: invoices_changed,
    InvoiceErased: invoices_changed,
    Message: notices_sent,
}
