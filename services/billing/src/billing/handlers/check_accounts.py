"""Check accounts: whether the one a business set can take payments, asked when it is set and now and then.

Pages get an answer that is remembered for a while, ServiceHub one of now. The worker asks by itself, so that
an account that nobody can pay into is noticed before a customer tries.
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


async def ask_standing(ctx: Context, business: Business) -> AccountStanding | None:
    """How the account of a business stands now; None without one. Raises `ProcessorUnreachable`."""
    if business.stripe_account is None:
        return None
    standing = await ctx.processor.read_standing(business.stripe_account)
    ctx.standings[business.stripe_account] = (standing, ctx.clock())
    return standing


async def can_charge(ctx: Context, business: Business) -> bool:
    """Whether a business may be charged, as was answered a while ago at most.

    A processor that is away is no reason to hide the way to pay.
    """
    known = ctx.standings.get(business.stripe_account or "")
    if known and ctx.clock() - known[1] < timedelta(seconds=ctx.settings.charges_cached_seconds):
        return known[0] == "ready"
    try:
        return await ask_standing(ctx, business) == "ready"
    except ProcessorUnreachable:
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
