"""End pay links: those of a business, a customer or an invoice that were sent until now open nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.identity import find_business

from billing.context import Context
from billing.domain.pay_links import Scope
from billing.store import pay_links
from billing.store.pay_links import EndedLinks


@dataclass(frozen=True, slots=True)
class EndPayLinks:
    """Whose links: `id` is that of the business, the customer or the invoice."""

    business_id: str
    scope: Scope
    id: str


async def end_pay_links(ctx: Context, command: EndPayLinks) -> bool:
    """From now on they open nothing; mails that are sent later carry new ones. False without the business."""
    async with ctx.tenant(command.business_id) as tx:
        if await find_business(tx, command.business_id) is None:
            return False
        await pay_links.end_links(tx, command.scope, command.id, ctx.clock())
    return True


async def list_ended_links(ctx: Context, business: str, *, limit: int) -> Sequence[EndedLinks]:
    """What was ended, the newest first."""
    async with ctx.all_tenants() as tx:
        return await pay_links.list_ended(tx, business, limit)
