"""Read autopay: whether a customer's is on, and by which card, as pages show it."""

from servicehub_events import Autopay, Business

from billing.context import Context
from billing.domain.autopay import stream_of
from billing.store import autopays


async def read_autopay(ctx: Context, business: Business, customer_id: str) -> Autopay | None:
    """Its state; None while it is off."""
    async with ctx.tenant(business.business_id) as tx:
        if await autopays.find_autopay(tx, customer_id) is None:
            return None
        _, state = await ctx.events.latest(tx, stream_of(customer_id), Autopay)
    return state
