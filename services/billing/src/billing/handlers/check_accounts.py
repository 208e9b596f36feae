"""Check accounts: whether the one a business set can take payments, asked when it is set and now and then.

Pages get what the worker was told last, ServiceHub an answer of now. The worker asks by itself, so that an
account that nobody can pay into is noticed before a customer tries, and however many look costs nothing.
"""

import asyncio
from datetime import datetime, timedelta

import structlog
from servicehub_events import Business

from billing import metrics
from billing.context import Context
from billing.domain.account_standing import GOOD_FOR, REMEDIES, AccountStanding, next_check_after
from billing.errors import ProcessorUnreachable
from billing.store import account_checks, listed_accounts
from billing.store.account_checks import CheckedAccount

log = structlog.get_logger(__name__)

_AT_ONCE = 4
_AWAY = timedelta(minutes=1)


async def ask_standing(ctx: Context, business: Business) -> AccountStanding | None:
    """How the account of a business stands now; None without one. Raises `ProcessorUnreachable`."""
    if business.stripe_account is None:
        return None
    standing = await ctx.processor.read_standing(business.stripe_account)
    ctx.standings[business.stripe_account] = (standing, ctx.clock())
    return standing


async def can_charge(ctx: Context, business: Business) -> bool:
    """Whether a business may be charged, as was answered a while ago at most.

    A processor that is away is no reason to hide the way to pay. An account that was ready is not asked about
    again for those who look; one that was not, or that is new, is.
    """
    known = ctx.standings.get(business.stripe_account or "")
    if known and ctx.clock() - known[1] < timedelta(seconds=ctx.settings.charges_cached_seconds):
        return known[0] == "ready"
    if (known is None or known[0] == "ready") and await _was_ready(ctx, business):
        return True
    try:
        return await ask_standing(ctx, business) == "ready"
    except ProcessorUnreachable:
        return known[0] == "ready" if known else True


async def is_known_unusable(ctx: Context, business: Business) -> bool:
    """Whether the worker was last told that a business cannot be charged. The processor is not asked."""
    async with ctx.tenant(business.business_id) as tx:
        checked = await account_checks.find_checked(tx, business.stripe_account or "")
    return checked is not None and checked.standing in ("restricted", "missing")


async def _was_ready(ctx: Context, business: Business) -> bool:
    async with ctx.tenant(business.business_id) as tx:
        checked = await account_checks.find_checked(tx, business.stripe_account or "")
    if checked is None or checked.checked_at is None:
        return False
    return checked.standing == "ready" and ctx.clock() - checked.checked_at < GOOD_FOR


async def check_due_accounts(ctx: Context) -> bool:
    """Ask about accounts whose time has come, some at once.

    False when there is none, or when the processor needs a rest.
    """
    now = ctx.clock()
    async with ctx.all_tenants() as tx:
        due = await account_checks.lock_due(tx, now, again=now + _AWAY, limit=_AT_ONCE)
    return bool(due) and all(await asyncio.gather(*(_check(ctx, checked, now) for checked in due)))


async def _check(ctx: Context, checked: CheckedAccount, now: datetime) -> bool:
    """False when the processor needs a rest."""
    try:
        standing = await ctx.processor.read_standing(checked.account)
    except ProcessorUnreachable as error:
        log.warning("account.not_checked", account=checked.account, reason=str(error))
        if error.retry_after:
            async with ctx.all_tenants() as tx:
                await account_checks.postpone(tx, checked, now + error.retry_after)
        return False
    await _record(ctx, checked, standing, now)
    metrics.count_account_check(standing)
    if standing != checked.standing:
        tell = log.info if standing == "ready" else log.warning
        tell(
            "account.checked",
            business_id=checked.business_id,
            account=checked.account,
            standing=standing,
            remedy=REMEDIES[standing],
        )
    return True


async def _record(ctx: Context, checked: CheckedAccount, standing: AccountStanding, now: datetime) -> None:
    """Store the answer; what happened on an account that is back is listed at once."""
    checks = checked.checks + 1 if standing == checked.standing else 0
    again = now + next_check_after(standing, checks)
    async with ctx.all_tenants() as tx:
        await account_checks.record(tx, checked, standing, now, checks=checks, again=again)
        if standing == "ready" and checked.standing in ("restricted", "missing"):
            await listed_accounts.mark_due(tx, checked.account, now)
