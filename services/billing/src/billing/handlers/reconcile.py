"""Reconcile without webhooks: open sessions are asked about on a timer, and each account's events are listed.

What it finds becomes the same events that a webhook would have led to. What it asks follows what is open: a
session is asked about until it ends, and an account where nothing was missed once an hour.
"""

import asyncio
from datetime import datetime, timedelta

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
from billing.store import checkout_sessions, invoices, listed_accounts, webhooks
from billing.store.checkout_sessions import CheckoutSession
from billing.store.listed_accounts import ListedAccount

log = structlog.get_logger(__name__)

_AT_ONCE, _ACCOUNTS_AT_ONCE = 8, 4
LONGEST_SPAN = timedelta(hours=6)
"""Listed at once, so that a long absence is caught up with step by step."""
_ORIGIN = Origin("stripe:reconciler")


async def check_due_sessions(ctx: Context) -> bool:
    """Ask about sessions whose time has come, some at once.

    False when there were none, or when the processor needs a rest.
    """
    every = ctx.settings.reconcile_seconds
    async with ctx.all_tenants() as tx:
        due = await checkout_sessions.lock_due_sessions(tx, ctx.clock(), every=every, limit=_AT_ONCE)
    return bool(due) and all(await asyncio.gather(*(check_session(ctx, session) for session in due)))


async def list_account_events(ctx: Context) -> bool:
    """Ask accounts what happened there since they were asked last, some at once.

    False when none was due, or when the processor needs a rest.
    """
    now, every = ctx.clock(), ctx.settings.reconcile_seconds
    async with ctx.all_tenants() as tx:
        due = await listed_accounts.lock_due_accounts(tx, now, every=every, limit=_ACCOUNTS_AT_ONCE)
    return bool(due) and all(await asyncio.gather(*(_list_events(ctx, account, now) for account in due)))


async def _list_events(ctx: Context, account: ListedAccount, now: datetime) -> bool:
    """False when the processor needs a rest."""
    try:
        await list_events_of(ctx, account, now)
    except ProcessorDeclined as error:
        log.warning("reconciler.account_away", account=account.account, reason=str(error))
    except ProcessorUnreachable as error:
        log.warning("reconciler.account_away", account=account.account, reason=str(error))
        if error.retry_after:
            async with ctx.all_tenants() as tx:
                await listed_accounts.postpone(tx, account, now + error.retry_after)
        return False
    except Exception as error:  # one that trips us must not stop the others; it comes again
        log.error("reconciler.failed", account=account.account, exc_info=error)
    return True


async def list_events_of(ctx: Context, account: ListedAccount, now: datetime) -> int:
    """Store what no webhook told of an account; how much that was.

    What was missed may not be all: it is listed again soon, and at once after a long absence.
    """
    since = account.events_listed_until
    until = min(now, since + LONGEST_SPAN)
    missed = await store_missed(ctx, await ctx.processor.list_events(account.account, since, until))
    if missed:
        metrics.count_missed(missed)
        log.warning("reconciler.corrected", account=account.account, missed=missed)
    soon = now + timedelta(seconds=ctx.settings.reconcile_seconds)
    again = now if until < now else soon if missed else None
    async with ctx.all_tenants() as tx:
        await listed_accounts.mark_listed(tx, account, until, again=again)
        if until < now:  # it was away: what was posted before is known, and listed as nothing new
            await webhooks.take_declined(tx, account.account, now)
    return missed


async def check_session(ctx: Context, session: CheckoutSession) -> bool:
    """Ask about an open session, and append what follows. False when the processor needs a rest."""
    try:
        if session.refund_due:
            await refund_surplus(ctx, session, _ORIGIN)
            return True
        payment = await settle(ctx, session, _ORIGIN)
        if is_called_off(payment):
            await take_back(ctx, session, payment)
        elif _can_be_called_off(payment) and await _is_out_of_date(ctx, payment):
            await cancel_payment(ctx, session, _ORIGIN)
    except ProcessorUnreachable as error:
        log.warning("reconciler.postponed", payment_id=session.payment_id, reason=str(error))
        if error.retry_after:
            async with ctx.all_tenants() as tx:
                await checkout_sessions.postpone(tx, session, ctx.clock() + error.retry_after)
        return False
    except (ProcessorDeclined, Conflict) as error:
        log.warning("reconciler.postponed", payment_id=session.payment_id, reason=str(error))
    except Exception as error:  # one that trips us must not stop the others; it comes again
        log.error("reconciler.failed", payment_id=session.payment_id, exc_info=error)
    return True


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
