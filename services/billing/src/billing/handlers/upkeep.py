"""Keep up: what nothing will ask for any more is deleted."""

from datetime import timedelta
from typing import Final

from chassis.identity import forget_session_ends

from billing.context import Context
from billing.domain.pay_links import LIFE
from billing.handlers.erase_vaults import KEPT_AFTER_LEAVING
from billing.store import pay_links, vaults, webhooks

_WEBHOOKS_KEPT: Final = timedelta(days=25)
_SESSION_ENDS_KEPT: Final = timedelta(days=1)


async def keep_up(ctx: Context) -> None:
    """Delete old webhooks, vaults on accounts long left, and ends of sessions and links whose time is up."""
    now = ctx.clock()
    async with ctx.all_tenants() as tx:
        await webhooks.forget_webhooks(tx, now - _WEBHOOKS_KEPT)
        await vaults.forget_left(tx, now - KEPT_AFTER_LEAVING)
        await forget_session_ends(tx, now - _SESSION_ENDS_KEPT)
        await pay_links.forget_old_ends(tx, now - LIFE - _SESSION_ENDS_KEPT)
