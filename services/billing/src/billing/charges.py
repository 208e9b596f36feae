"""Whether a business may be charged now: asked of the processor, and remembered for a while."""

from datetime import datetime, timedelta

from servicehub_events import Business

from billing.context import Context
from billing.ports import Unreachable


class Charges:
    """Remembers each account's answer. A processor that is away is no reason to hide the way to pay."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._lasts = timedelta(seconds=ctx.settings.charges_cached_seconds)
        self._known: dict[str, tuple[bool, datetime]] = {}

    async def enabled(self, business: Business) -> bool:
        """Whether it has an account that may be charged."""
        account, now = business.stripe_account, self._ctx.clock()
        if account is None:
            return False
        known = self._known.get(account)
        if known and now - known[1] < self._lasts:
            return known[0]
        try:
            may = await self._ctx.processor.may_charge(account)
        except Unreachable:
            return known[0] if known else True
        self._known[account] = (may, now)
        return may
