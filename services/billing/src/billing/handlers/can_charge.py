"""Ask whether a business may be charged now; the processor's answer is remembered for a while."""

from datetime import timedelta

from servicehub_events import Business

from billing.context import Context
from billing.errors import ProcessorUnreachable


async def can_charge(ctx: Context, business: Business) -> bool:
    """Whether it has an account that may be charged.

    A processor that is away is no reason to hide the way to pay.
    """
    account, now = business.stripe_account, ctx.clock()
    if account is None:
        return False
    known = ctx.chargeable.get(account)
    if known and now - known[1] < timedelta(seconds=ctx.settings.charges_cached_seconds):
        return known[0]
    try:
        enabled = await ctx.processor.can_charge(account)
    except ProcessorUnreachable:
        return known[0] if known else True
    ctx.chargeable[account] = (enabled, now)
    return enabled
