"""Check domains: look for their records, and say when one becomes a business's, or ceases to be."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog
from chassis.events_out import Origin, retry_on_conflict
from servicehub_events import Business
from sqlalchemy.exc import IntegrityError

from branding import store
from branding.context import Context
from branding.domain.own_domain import Standing, record_of
from branding.domain.portal import JudgeDomain, decide, stream_of
from branding.store import DueDomain

log = structlog.get_logger(__name__)
_AT_ONCE: Final = 20
_ORIGIN: Final = Origin(actor="worker:domains")


async def check_domains(ctx: Context) -> bool:
    """Look at the domains that are due; whether there may be more."""
    every, pending = ctx.settings.domain_check_seconds, ctx.settings.domain_pending_check_seconds
    async with ctx.all_tenants() as tx:
        due = await store.claim_due_domains(
            tx,
            ctx.clock(),
            pending=timedelta(seconds=pending),
            every=timedelta(seconds=every),
            limit=_AT_ONCE,
        )
    await asyncio.gather(*(_check(ctx, domain) for domain in due))
    return len(due) == _AT_ONCE


async def _check(ctx: Context, due: DueDomain) -> None:
    shown = await ctx.txt_records.holds(record_of(due.domain), due.value)
    grace = timedelta(seconds=ctx.settings.domain_grace_seconds)
    try:
        await _note(ctx, due, due.standing.after(shown, ctx.clock(), grace))
    except (
        IntegrityError
    ):  # it is verified for another business, and stays so while that one's record is there
        log.warning("domain.held_by_another", business=due.business_id)
        await _note(ctx, due, due.standing.after(False, ctx.clock(), grace))


async def _note(ctx: Context, due: DueDomain, standing: Standing) -> None:
    """Keep how a domain stands, and tell it when that is news."""
    if standing == due.standing:
        return
    command = JudgeDomain(due.business_id, due.domain, standing.status)

    async def once() -> None:
        async with ctx.tenant(due.business_id) as tx:
            version, state = await ctx.events.latest(tx, stream_of(due.business_id), Business)
            if await store.set_standing(tx, due, standing):
                await ctx.events.append(
                    tx, stream_of(due.business_id), version, decide(command, state), _ORIGIN
                )

    await retry_on_conflict(once)
    if standing.status != due.status:
        log.info("domain.judged", business=due.business_id, status=standing.status)
