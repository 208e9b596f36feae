"""Inspect: what `portal billing` shows of an invoice, of what is open, and of what the processor told."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from servicehub_events import Invoice, InvoiceMoney, Payment, decode_event, invoice_money

from billing.context import Context
from billing.handlers.receive_webhooks import handle
from billing.store import histories, invoices, webhooks
from billing.store.histories import Attempt, KnownWebhook, PastEvent


@dataclass(frozen=True, slots=True)
class InvoiceStep:
    """Something that happened to a payment on an invoice, and the payment as it was then."""

    event: PastEvent
    payment: Payment


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """An invoice with its money, and the history of its payments; erased, there are ids and the history."""

    business_id: str
    customer_id: str
    invoice: Invoice | None
    money: InvoiceMoney | None
    steps: Sequence[InvoiceStep]

    @property
    def holders(self) -> Sequence[str]:
        """The payment that holds it, if one does: nobody can begin another one."""
        return sorted({step.event.payment_id for step in self.steps if step.event.held})


async def read_invoices(ctx: Context, invoice_id: str, business: str) -> Sequence[InvoiceFile]:
    """All that is known of an invoice, for each business that has one of this id."""
    async with ctx.all_tenants() as tx:
        known = await histories.list_invoices(tx, invoice_id, business)
    return [await _read(ctx, invoice_id, one) for one in known]


async def _read(ctx: Context, invoice_id: str, known: histories.KnownInvoice) -> InvoiceFile:
    async with ctx.tenant(known.business_id) as tx:
        history = await histories.list_history(tx, invoice_id, known.business_id)
        payments = await invoices.list_payments(tx, [invoice_id])
    steps: list[InvoiceStep] = []
    for event in history:
        payment = decode_event(event.type, event.data.encode())
        if isinstance(payment, Payment):
            steps.append(InvoiceStep(event, payment))
    invoice = msgspec.json.decode(known.state, type=Invoice) if known.state else None
    money = invoice_money(invoice, payments) if invoice else None
    return InvoiceFile(known.business_id, known.customer_id, invoice, money, steps)


async def list_attempts(ctx: Context, business: str, *, ended: bool, limit: int) -> Sequence[Attempt]:
    """Payments that are open at the processor, the newest first; with those that have `ended` too."""
    async with ctx.all_tenants() as tx:
        return await histories.list_attempts(tx, business, ended=ended, limit=limit)


async def list_webhooks(
    ctx: Context, *, payment: str, account: str, waiting: bool, limit: int
) -> Sequence[KnownWebhook]:
    """What the processor told, the newest first."""
    async with ctx.all_tenants() as tx:
        return await histories.list_webhooks(
            tx, payment=payment, account=account, waiting=waiting, limit=limit
        )


async def replay_webhook(ctx: Context, event_id: str) -> KnownWebhook | None:
    """Handle a webhook again, as if it had come now; it still waits when that cannot be. None for none."""
    async with ctx.all_tenants() as tx:
        webhook = await webhooks.take_again(tx, event_id)
    if webhook is None:
        return None
    await handle(ctx, webhook)
    async with ctx.all_tenants() as tx:
        return await histories.find_webhook(tx, event_id)
