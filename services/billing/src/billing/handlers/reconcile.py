"""Reconcile without webhooks: open sessions are asked about on a timer, and each account's events are listed.

What it finds becomes the same events that a webhook would have led to.
"""

import asyncio
from datetime import timedelta

import structlog
from chassis.events_out import Conflict, Origin
from chassis.identity import find_business
from servicehub_events import Payment

from billing import metrics
from billing.context import Context
from billing.domain.amounts import asks_too_much
from billing.domain.vouchers import is_called_off, is_voucher
from billing.errors import ProcessorDeclined, ProcessorUnreachable
from billing.handlers.receive_webhooks import store_missed
from billing.handlers.refund_surplus import refund_surplus
from billing.handlers.settle import cancel_payment, settle, take_back
from billing.store import checkout_sessions, invoices, webhooks
from billing.store.checkout_sessions import CheckoutSession

log = structlog.get_logger(__name__)

_AT_ONCE = 8
_LONGEST_SPAN = timedelta(hours=1)  # listed at once, so that a long absence is caught up with step by step
_ORIGIN = Origin("stripe:reconciler")


async def check_due_sessions(ctx: Context) -> bool:
    """Ask about sessions whose time has come, some at once. False when there were none."""
    every = ctx.settings.reconcile_seconds
    async with ctx.all_tenants() as tx:
        due = await checkout_sessions.lock_due_sessions(tx, ctx.clock(), every=every, limit=_AT_ONCE)
    await asyncio.gather(*(_check(ctx, session) for session in due))
    return bool(due)


async def list_account_events(ctx: Context) -> bool:
    """Ask one account what happened there since it was asked last. False when none was due."""
    now = ctx.clock()
    async with ctx.all_tenants() as tx:
        account = await webhooks.lock_due_account(tx, now, every=ctx.settings.reconcile_seconds)
    if account is None:
        return False
    since = account.events_listed_until
    until = min(now, since + _LONGEST_SPAN)
    try:
        events = await ctx.processor.list_events(account.account, since, until)
    except (ProcessorUnreachable, ProcessorDeclined) as error:
        log.warning("reconciler.account_away", account=account.account, reason=str(error))
        return True
    missed = await store_missed(ctx, events)
    if missed:
        metrics.count_missed(missed)
        log.warning("reconciler.corrected", account=account.account, missed=missed)
    async with ctx.all_tenants() as tx:
        await webhooks.mark_listed(tx, account, until)
    return True


async def _check(ctx: Context, session: CheckoutSession) -> None:
    try:
        if session.refund_due:
            await refund_surplus(ctx, session, _ORIGIN)
            return
        payment = await settle(ctx, session, _ORIGIN)
        if is_called_off(payment):
            await take_back(ctx, session, payment)
        elif _can_be_called_off(payment) and await _is_out_of_date(ctx, payment):
            await cancel_payment(ctx, session, _ORIGIN)
    except (ProcessorUnreachable, ProcessorDeclined, Conflict) as error:
        log.warning("reconciler.postponed", payment_id=session.payment_id, reason=str(error))
    except Exception as error:  # one that trips us must not stop the others; it comes again
        log.error("reconciler.failed", payment_id=session.payment_id, exc_info=error)


def _can_be_called_off(payment: Payment) -> bool:
    return payment.status == "started" or is_voucher(payment)


async def _is_out_of_date(ctx: Context, payment: Payment) -> bool:
    """Whether less is owed than this payment would take, or its page is on an account that was left."""
    ids = sorted(part.invoice_id for part in payment.allocations)
    async with ctx.tenant(payment.business_id) as tx:
        business = await find_business(tx, payment.business_id)
        left = business is not None and business.stripe_account != payment.processor.account
        if left and payment.status == "started":
            return True
        return asks_too_much(payment, await invoices.list_owed(tx, payment.customer_id, ids))
