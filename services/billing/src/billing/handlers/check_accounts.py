"""Check accounts: whether the one a business set can take payments, asked when it is set and now and then.

Pages and ServiceHub get an answer that is remembered for a while. The worker asks by itself, so that an
account that nobody can pay into is noticed before a customer tries.
"""

from datetime import timedelta

import structlog
from servicehub_events import Business

from billing import metrics
from billing.context import Context
from billing.domain.account_standing import REMEDIES, AccountStanding, next_check_after
from billing.errors import ProcessorUnreachable
from billing.store import account_checks

log = structlog.get_logger(__name__)

_AWAY = timedelta(minutes=1)


async def read_standing(ctx: Context, business: Business) -> AccountStanding | None:
    """How the account of a business stands; None without one. Raises `ProcessorUnreachable`."""
    account, now = business.stripe_account, ctx.clock()
    if account is None:
        return None
    known = ctx.standings.get(account)
    if known and now - known[1] < timedelta(seconds=ctx.settings.charges_cached_seconds):
        return known[0]
    standing = await ctx.processor.read_standing(account)
    ctx.standings[account] = (standing, now)
    return standing


async def can_charge(ctx: Context, business: Business) -> bool:
    """Whether a business may be charged now. A processor that is away is no reason to hide the way to pay."""
    try:
        return await read_standing(ctx, business) == "ready"
    except ProcessorUnreachable:
        known = ctx.standings.get(business.stripe_account or "")
        return known[0] == "ready" if known else True


async def check_due_account(ctx: Context) -> bool:
    """Ask about one account whose time has come. False when there is none."""
    now = ctx.clock()
    async with ctx.all_tenants() as tx:
        due = await account_checks.lock_due(tx, now, again=now + _AWAY)
    if due is None:
        return False
    try:
        standing = await ctx.processor.read_standing(due.account)
    except ProcessorUnreachable as error:
        log.warning("account.not_checked", account=due.account, reason=str(error))
        return True
    async with ctx.all_tenants() as tx:
        await account_checks.record(tx, due, standing, now, again=now + next_check_after(standing))
    metrics.count_account_check(standing)
    if standing != due.standing:
        tell = log.info if standing == "ready" else log.warning
        tell(
            "account.checked",
            business_id=due.business_id,
            account=due.account,
            standing=standing,
            remedy=REMEDIES[standing],
        )
    return True
