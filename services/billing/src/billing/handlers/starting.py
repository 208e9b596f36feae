"""Starting a payment: claim the invoices, then open the processor's page; one charge, however many tabs."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from servicehub_events import Payment

from billing import attempts, errors, queries
from billing.attempts import Attempt
from billing.commands import StartCheckout
from billing.context import Context
from billing.domain.payments import is_open
from billing.handlers.claiming import InTheWay, claimed
from billing.handlers.opening import opened
from billing.handlers.settling import Because, call_off
from billing.ports import Unreachable

log = structlog.get_logger(__name__)

_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class ToPay:
    """The payer goes on to the processor's page."""

    payment: Payment
    url: str


@dataclass(frozen=True, slots=True)
class ToSee:
    """There is a payment already that cannot be called off: its result is what the payer wants to see."""

    payment: Payment


async def start_checkout(ctx: Context, command: StartCheckout) -> ToPay | ToSee:
    """Begin or join a payment. Raises the `Refused` errors."""
    because = Because(f"contact:{command.payer.contact_id}")
    for _ in range(_ROUNDS):
        try:
            outcome = await _one_round(ctx, command, because)
        except Unreachable as error:
            log.warning("checkout.processor_away", error=str(error))
            raise errors.ProcessorAway from error
        if outcome is not None:
            return outcome
    raise errors.InProgress


async def _one_round(ctx: Context, command: StartCheckout, because: Because) -> ToPay | ToSee | None:
    """None when an attempt has ended meanwhile, or was called off: all begins anew."""
    try:
        attempt = await claimed(ctx, command)
        url = await opened(ctx, attempt, because)
    except InTheWay as others:
        stays = await _out_of_the_way(ctx, command, others.payments, because)
        return None if stays is None else ToSee(stays)
    return None if url is None else await _to_pay(ctx, attempt, url)


async def _out_of_the_way(
    ctx: Context, command: StartCheckout, payments: Sequence[str], because: Because
) -> Payment | None:
    """Call these attempts off. Gives back one that cannot be: it is paid, or its money is on its way."""
    for payment_id in payments:
        async with ctx.database.tenant(command.payer.business_id) as connection:
            attempt = await attempts.find(connection, command.payer.business_id, payment_id)
        if attempt is None:
            continue
        payment = await call_off(ctx, attempt, because)
        if payment.status == "started":
            continue  # its page was opened meanwhile: the next round calls that one off
        if is_open(payment) or payment.status == "captured":
            return payment
    return None


async def _to_pay(ctx: Context, attempt: Attempt, url: str) -> ToPay:
    async with ctx.database.tenant(attempt.business_id) as connection:
        payment = await queries.payment(connection, ctx.store, attempt.business_id, attempt.payment_id)
    if payment is None:
        raise errors.Failed
    return ToPay(payment, url)
