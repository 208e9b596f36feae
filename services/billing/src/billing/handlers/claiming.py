"""Claiming the invoices of a payment: all in one transaction, before the processor hears of it.

All that it will be sent is stored with the claims, so that whoever comes next, in another tab or after a
crash, continues the same payment instead of beginning a second one.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.database import Transaction
from chassis.events_out.event_store import Origin
from servicehub_events import Allocation, Processor
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import attempts, errors, queries
from billing.attempts import Attempt
from billing.commands import StartCheckout
from billing.context import Context
from billing.domain.choices import Owed, allocate, currency_of
from billing.domain.payments import StartPayment, decide, stream_of
from billing.pages import page_of
from billing.ports import Declined

OPEN_FOR = timedelta(minutes=55)  # Stripe: at least 30 minutes after the page is really opened
PROCESSOR: Final = "stripe"


class InTheWay(Exception):
    """Other payments hold some of the invoices, or hold them for another amount, or this one is paid."""

    def __init__(self, payments: Sequence[str]) -> None:
        self.payments = payments
        super().__init__()


async def claimed(ctx: Context, command: StartCheckout) -> Attempt:
    """The attempt to go on with: a new one, or the open one that is the same. Raises `InTheWay`."""
    payer, payment_id = command.payer, ctx.new_id()
    async with ctx.database.tenant(payer.business_id) as connection:
        async with connection.begin_nested() as part:
            if await attempts.claim(connection, payer.business_id, payment_id, command.invoices):
                # Read after the claim: whatever was paid until it was ours is seen.
                return await _new_attempt(ctx, connection, command, payment_id)
            await part.rollback()
        return await _same_attempt(ctx, connection, command)


async def _new_attempt(
    ctx: Context, connection: AsyncConnection, command: StartCheckout, payment_id: str
) -> Attempt:
    owed, parts = await _allocations(ctx, connection, command)
    payer, now, account = command.payer, ctx.clock(), command.payer.business.stripe_account
    if account is None:
        raise errors.NotOnline
    start = StartPayment(
        business_id=payer.business_id,
        payment_id=payment_id,
        customer_id=payer.customer_id,
        contact_id=payer.contact_id,
        allocations=parts,
        currency=currency_of(owed),
        processor=Processor(name=PROCESSOR, account=account, reference=""),
        at=now,
    )
    page = page_of(start, owed, command, ctx.settings.public_origin, now + OPEN_FOR)
    try:
        request = ctx.processor.request_for(page)
    except Declined as error:
        raise errors.Failed(error.failure.code) from error
    tx, new = Transaction(connection, payer.business_id), 0  # its id was made a moment ago
    origin = Origin(f"contact:{payer.contact_id}")
    await ctx.store.append(tx, stream_of(payment_id), new, decide(start, None), origin)
    attempt = Attempt(
        business_id=payer.business_id,
        payment_id=payment_id,
        customer_id=payer.customer_id,
        account=account,
        request=request,
        idempotency_key=f"{payment_id}-1",
        started_at=now,
        look_at=now + timedelta(seconds=ctx.settings.reconcile_seconds),
    )
    await attempts.add(connection, attempt)
    return attempt


async def _allocations(
    ctx: Context, connection: AsyncConnection, command: StartCheckout
) -> tuple[list[Owed], tuple[Allocation, ...]]:
    payer = command.payer
    owed = await queries.owed(connection, payer.business_id, payer.customer_id, command.invoices)
    if len(owed) != len(command.invoices):
        raise errors.InvoiceUnknown
    currency_of(owed)
    return owed, allocate(command.choice, owed, queries.today(payer.business, ctx.clock()))


async def _same_attempt(ctx: Context, connection: AsyncConnection, command: StartCheckout) -> Attempt:
    """The one open attempt for the same parts of the same versions of the same invoices."""
    payer = command.payer
    _, parts = await _allocations(ctx, connection, command)
    holders = await attempts.holders(connection, payer.business_id, command.invoices)
    if len(holders) != 1:
        raise InTheWay(holders)
    payment = await queries.payment(connection, ctx.store, payer.business_id, holders[0])
    attempt = await attempts.find(connection, payer.business_id, holders[0])
    if payment is None or attempt is None or payment.allocations != parts:
        raise InTheWay(holders)
    return attempt
