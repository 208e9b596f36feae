"""Refund a surplus: money that nothing is owed for goes back without anybody asking, once.

The processor is asked first what went back already, by hand or by a process that was killed before it could
write that down, so that nothing is given back twice.
"""

from dataclasses import replace

import structlog
from chassis.events_out import Origin

from billing.context import Context
from billing.domain.payments import CheckoutStatus, as_known
from billing.domain.reversals import ReportedRefund
from billing.errors import ProcessorDeclined
from billing.handlers.settle import observe, read_payment, retrieve
from billing.store import checkout_sessions
from billing.store.checkout_sessions import CheckoutSession

log = structlog.get_logger(__name__)


async def refund_surplus(ctx: Context, session: CheckoutSession, origin: Origin) -> None:
    """Give back what is due of this session. What is refused stays with the business, and an event says so.

    Raises `ProcessorUnreachable`; it comes again then.
    """
    if session.refund_due is None or session.reference is None:
        return
    try:
        status = await retrieve(ctx, session, session.reference)
    except ProcessorDeclined as error:  # the account is gone: nothing of it can be given back from here
        known = as_known(await read_payment(ctx, session))
        await observe(ctx, session, _refused(ctx, session, known, session.refund_due, error), origin)
    else:
        await _refund_rest(ctx, session, status, origin)
    async with ctx.tenant(session.business_id) as tx:
        await checkout_sessions.mark_refunded(tx, session)


async def _refund_rest(
    ctx: Context, session: CheckoutSession, status: CheckoutStatus, origin: Origin
) -> None:
    going = sum(refund.amount for refund in status.reversals.refunds if not refund.failed)
    left = (session.refund_due or 0) - going
    if left > 0:
        status = await _refund(ctx, session, status, left)
    await observe(ctx, session, status, origin)


async def _refund(
    ctx: Context, session: CheckoutSession, status: CheckoutStatus, amount: int
) -> CheckoutStatus:
    """How it stands after the refund, whether it was made or refused."""
    charge, key = status.charge_id or "", _key(session, amount)
    try:
        await ctx.processor.refund(session.account, charge, amount, status.currency, key)
    except ProcessorDeclined as error:
        return _refused(ctx, session, status, amount, error)
    return await retrieve(ctx, session, status.reference)


def _key(session: CheckoutSession, amount: int) -> str:
    """Under which the refund is made once, however often it is asked for; and its name if it is refused."""
    return f"{session.payment_id}-surplus-{amount}"


def _refused(
    ctx: Context, session: CheckoutSession, status: CheckoutStatus, amount: int, error: ProcessorDeclined
) -> CheckoutStatus:
    """As if the processor listed the refund that it refused to make."""
    log.warning("surplus.not_refunded", payment_id=session.payment_id, reason=error.failure.code)
    now = ctx.clock()
    refused = ReportedRefund(
        refund_id=_key(session, amount),
        amount=amount,
        at=now,
        status="failed",
        failure_reason=error.failure.code,
        ended_at=now,
    )
    refunds = [refused, *status.reversals.refunds]
    return replace(status, reversals=replace(status.reversals, refunds=refunds))
