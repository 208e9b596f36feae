"""Keep up: what nothing will ask for any more is deleted."""

from datetime import timedelta
from typing import Final

from chassis.identity import forget_session_ends

from billing.context import Context
from billing.store import webhooks

_WEBHOOKS_KEPT: Final = timedelta(days=25)
_SESSION_ENDS_KEPT: Final = timedelta(days=1)


async def keep_up(ctx: Context) -> None:
    """Delete old webhooks, and the ends of sessions that would have expired by now."""
    now = ctx.clock()
    async with ctx.all_tenants() as tx:
        await webhooks.forget_webhooks(tx, now - _WEBHOOKS_KEPT)
        await forget_session_ends(tx, now - _SESSION_ENDS_KEPT)
