"""Erase vaults: what an erased customer, a contact who left or a former account leaves at the processor."""

from datetime import timedelta
from typing import Final

import structlog

from billing.context import Context
from billing.errors import ProcessorDeclined, ProcessorUnreachable
from billing.handlers.keep_cards import make_at_processor
from billing.store import vaults

log = structlog.get_logger(__name__)

_AWAY: Final = timedelta(minutes=10)
_CUT_OFF: Final = timedelta(days=1)
KEPT_AFTER_LEAVING: Final = timedelta(days=30)
"""So long a business may come back to an account, and its customers find their cards again."""


async def erase_due_vault(ctx: Context) -> bool:
    """Erase one vault whose time has come. False when there is none.

    One whose making was cut off is asked for again by the same key, so that nothing is left of it.
    """
    now = ctx.clock()
    async with ctx.all_tenants() as tx:
        vault = await vaults.lock_due(tx, now, again=now + _AWAY)
    if vault is None:
        return False
    try:
        reference = vault.reference or await make_at_processor(ctx, vault)
        await ctx.vaults.delete_vault(vault.account, reference)
    except ProcessorUnreachable as error:
        log.warning("vault.not_erased", account=vault.account, reason=str(error))
        return True
    except ProcessorDeclined as error:  # the account is cut off: it may come back
        log.warning("vault.not_erased", account=vault.account, reason=str(error))
        async with ctx.all_tenants() as tx:
            await vaults.postpone(tx, vault, now + _CUT_OFF)
        return True
    async with ctx.all_tenants() as tx:
        await vaults.delete_vault(tx, vault)
    return True
