"""Correct without webhooks: open attempts are asked about on a timer, and each account what happened there.

What it finds becomes the same events that a webhook would have led to.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import structlog
from chassis.events_out.event_store import Conflict
from servicehub_events import Payment
from sqlalchemy import text

from billing import attempts, measures, queries, webhooks
from billing.attempts import Attempt
from billing.context import Context
from billing.handlers.noticing import correct
from billing.handlers.settling import Because, call_off, settle
from billing.ports import Declined, Unreachable

log = structlog.get_logger(__name__)

_AT_ONCE = 8
_AT_MOST = timedelta(hours=1)  # asked for at once, so that a long absence is caught up with step by step
_BECAUSE = Because("stripe:reconciler")
_FORGET_SESSIONS = text("DELETE FROM ended_sessions WHERE expires_at < :now")
# Whoever takes one is the only one to ask for a while; each time nothing is new, the while grows.
_TAKE = text(
    "UPDATE attempts SET looks = looks + 1, look_at = :now"
    " + make_interval(secs => :every * least(looks + 1, 10))"
    " WHERE (business_id, payment_id) IN (SELECT business_id, payment_id FROM attempts"
    " WHERE look_at <= :now ORDER BY look_at LIMIT :most FOR UPDATE SKIP LOCKED)"
    " RETURNING business_id, payment_id"
)
_TAKE_ACCOUNT = text(
    "UPDATE accounts SET ask_at = :now + make_interval(secs => :every) WHERE (business_id, account) IN"
    " (SELECT business_id, account FROM accounts WHERE ask_at <= :now ORDER BY ask_at LIMIT 1"
    " FOR UPDATE SKIP LOCKED) RETURNING business_id, account, heard_until"
)
_HEARD = text(
    "UPDATE accounts SET heard_until = greatest(heard_until, :until)"
    " WHERE business_id = :business_id AND account = :account"
)


class _Account(msgspec.Struct, frozen=True):
    business_id: str
    account: str
    heard_until: datetime


async def look_again(ctx: Context) -> bool:
    """Ask about attempts whose time has come, some at once. False when there were none."""
    due = await _take(ctx)
    await asyncio.gather(*(_look(ctx, attempt) for attempt in due))
    return bool(due)


async def ask_accounts(ctx: Context) -> bool:
    """Ask one account what happened there since it was asked last. False when none was due."""
    now = ctx.clock()
    async with ctx.database.transaction() as connection:
        values = {"now": now, "every": ctx.settings.reconcile_seconds}
        row = (await connection.execute(_TAKE_ACCOUNT, values)).mappings().first()
    if row is None:
        return False
    account = msgspec.convert(dict(row), _Account)
    try:
        until = min(now, account.heard_until + _AT_MOST)
        notices = await ctx.processor.happened(account.account, account.heard_until, until)
    except (Unreachable, Declined) as error:
        log.warning("reconciler.account_away", account=account.account, reason=str(error))
        return True
    missed = await correct(ctx, notices)
    if missed:
        measures.corrected(missed)
        log.warning("reconciler.corrected", account=account.account, missed=missed)
    async with ctx.database.transaction() as connection:
        await connection.execute(
            _HEARD, {"until": until, "business_id": account.business_id, "account": account.account}
        )
    return True


async def forget(ctx: Context) -> None:
    """Delete what nothing will ask for any more: old notices, and sessions that would have expired."""
    now = ctx.clock()
    async with ctx.database.transaction() as connection:
        await webhooks.forget(connection, now - webhooks.KEPT)
        await connection.execute(_FORGET_SESSIONS, {"now": now - timedelta(days=1)})


async def _take(ctx: Context) -> Sequence[Attempt]:
    values = {"now": ctx.clock(), "every": ctx.settings.reconcile_seconds, "most": _AT_ONCE}
    async with ctx.database.transaction() as connection:
        rows = (await connection.execute(_TAKE, values)).all()
        found = [await attempts.find(connection, business, payment) for business, payment in rows]
    return [attempt for attempt in found if attempt is not None]


async def _look(ctx: Context, attempt: Attempt) -> None:
    try:
        payment = await settle(ctx, attempt, _BECAUSE)
        if payment.status == "started" and await _asks_too_much(ctx, payment):
            await call_off(ctx, attempt, _BECAUSE)
    except (Unreachable, Declined, Conflict) as error:
        log.warning("reconciler.postponed", payment_id=attempt.payment_id, reason=str(error))
    except Exception as error:  # one that trips us must not stop the others; it comes again
        log.error("reconciler.tripped", payment_id=attempt.payment_id, exc_info=error)


async def _asks_too_much(ctx: Context, payment: Payment) -> bool:
    """Whether an invoice changed so that less is owed than this attempt would take."""
    parts = {part.invoice_id: part.amount for part in payment.allocations}
    async with ctx.database.tenant(payment.business_id) as connection:
        owed = await queries.owed(connection, payment.business_id, payment.customer_id, sorted(parts))
    left = {one.invoice.invoice_id: one.money.amount_due for one in owed}
    return any(amount > left.get(invoice_id, 0) for invoice_id, amount in parts.items())
