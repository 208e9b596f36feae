"""Starting a payment: claim the invoices, then open the processor's page; one charge, however many tabs.

All that is sent to the processor is stored with the claims before it is sent, so that whoever comes next, in
another tab or after a crash, continues the same payment instead of beginning a second one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from chassis.store import Origin
from servicehub_events import Allocation, Payment, Processor
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import attempts, errors, queries
from billing.attempts import Attempt
from billing.commands import StartCheckout
from billing.context import Context
from billing.domain.choices import Owed, allocate, currency_of
from billing.domain.payments import Seen, StartPayment, decide, is_open, stream_of
from billing.handlers.settling import Because, call_off, give_up, settle
from billing.pages import page_of
from billing.ports import Declined, NoAccount, Unreachable

log = structlog.get_logger(__name__)

OPEN_FOR = timedelta(minutes=55)  # Stripe: at least 30 minutes after the page is really opened
PROCESSOR: Final = "stripe"
_ROUNDS = 4
_TRIES = 3


@dataclass(frozen=True, slots=True)
class ToPay:
    """The payer goes on to the processor's page."""

    payment: Payment
    url: str


@dataclass(frozen=True, slots=True)
class ToSee:
    """There is a payment already that cannot be called off: its result is what the payer wants to see."""

    payment: Payment


class _InTheWay(Exception):
    """Others hold some of the invoices, or for another amount."""

    def __init__(self, payments: Sequence[str]) -> None:
        self.payments = payments
        super().__init__()


async def start_checkout(ctx: Context, command: StartCheckout) -> ToPay | ToSee:
    """Begin or join a payment. Raises the `Refused` errors."""
    because = Because(f"contact:{command.payer.contact_id}")
    for _ in range(_ROUNDS):
        try:
            attempt = await _claimed(ctx, command)
            url = await _opened(ctx, attempt, because)
        except _InTheWay as others:
            if (stays := await _out_of_the_way(ctx, command, others.payments, because)) is not None:
                return ToSee(stays)
        except Unreachable as error:
            log.warning("checkout.processor_away", error=str(error))
            raise errors.ProcessorAway from error
        else:
            if url is not None:
                return await _to_pay(ctx, attempt, url)
    raise errors.InProgress


async def _claimed(ctx: Context, command: StartCheckout) -> Attempt:
    """The attempt to go on with: a new one, or the open one that is the same. Raises `_InTheWay`."""
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
    stream = await ctx.store.load(connection, payer.business_id, stream_of(payment_id))
    origin = Origin(f"contact:{payer.contact_id}")
    await ctx.store.append(connection, stream, decide(start, None), origin)
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
        raise _InTheWay(holders)
    payment = await queries.payment(connection, ctx.store, payer.business_id, holders[0])
    attempt = await attempts.find(connection, payer.business_id, holders[0])
    if payment is None or attempt is None or payment.allocations != parts:
        raise _InTheWay(holders)
    return attempt


async def _out_of_the_way(
    ctx: Context, command: StartCheckout, payments: Sequence[str], because: Because
) -> Payment | None:
    """Call these attempts off. Gives back one that cannot be: it is paid, or its money is on its way."""
    for payment_id in payments:
        async with ctx.database.tenant(command.payer.business_id) as connection:
            attempt = await attempts.find(connection, command.payer.business_id, payment_id)
        if attempt is None:
            continue
        try:
            payment = await call_off(ctx, attempt, because)
        except Unreachable as error:
            raise errors.ProcessorAway from error
        if payment.status == "started":
            continue  # its page was opened meanwhile: the next round calls that one off
        if is_open(payment) or payment.status == "captured":
            return payment
    return None


async def _opened(ctx: Context, attempt: Attempt, because: Because) -> str | None:
    """The address of the processor's page; None when the attempt has ended, and all begins anew.

    Raises `Unreachable`; the attempt stays open then, and whoever tries again continues it.
    """
    if attempt.reference:
        return await _still_open(ctx, attempt, because)
    for number in range(_TRIES):
        try:
            seen = await ctx.processor.open(attempt.account, attempt.request, attempt.idempotency_key)
        except NoAccount as error:
            await give_up(ctx, attempt, because, error.failure)
            raise errors.NotOnline from error
        except Declined as error:
            await give_up(ctx, attempt, because, error.failure)
            raise errors.Failed(error.failure.code) from error
        except Unreachable as lost:
            if number == _TRIES - 1:
                raise
            found = await ctx.processor.find(attempt.account, attempt.payment_id, attempt.started_at)
            if found is None:
                attempt = await _again(ctx, attempt, number, lost)
                continue
            seen = found
        return await _kept(ctx, attempt, seen, because)
    raise AssertionError  # the last try returns or raises


async def _again(ctx: Context, attempt: Attempt, number: int, lost: Unreachable) -> Attempt:
    """Nothing was done, as far as the processor knows. A stored answer will not change under its key."""
    await asyncio.sleep(0.1 * 2**number)
    async with ctx.database.tenant(attempt.business_id) as connection:
        if lost.stored:
            await attempts.use_next_key(connection, attempt, _next(attempt.idempotency_key))
        found = await attempts.find(connection, attempt.business_id, attempt.payment_id)
    return found or attempt


def _next(key: str) -> str:
    payment_id, _, number = key.rpartition("-")
    return f"{payment_id}-{int(number) + 1}"


async def _kept(ctx: Context, attempt: Attempt, seen: Seen, because: Because) -> str | None:
    """Store where the page is, before anybody gets it. Called off or not the first: nobody gets it."""
    async with ctx.database.tenant(attempt.business_id) as connection:
        kept = await attempts.keep_reference(connection, attempt, seen.reference, seen.url)
    if not kept:
        await ctx.processor.close(attempt.account, seen.reference)
        return None
    if seen.page == "open" and seen.url:
        return seen.url
    return await _still_open(ctx, attempt, because)


async def _still_open(ctx: Context, attempt: Attempt, because: Because) -> str | None:
    """The page's address, if it can still be paid on."""
    payment = await settle(ctx, attempt, because)
    if payment.status == "started" and attempt.url:
        return attempt.url
    if is_open(payment) or payment.status == "captured":
        raise _InTheWay([attempt.payment_id])
    return None


async def _to_pay(ctx: Context, attempt: Attempt, url: str) -> ToPay:
    async with ctx.database.tenant(attempt.business_id) as connection:
        payment = await queries.payment(connection, ctx.store, attempt.business_id, attempt.payment_id)
    if payment is None:
        raise errors.Failed
    return ToPay(payment, url)
