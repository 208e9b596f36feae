"""Notices of the processor: stored first, then each answered by asking what became of its payment."""

import asyncio
from collections.abc import Sequence

import structlog
from chassis.events_out.event_store import Conflict

from billing import attempts, measures, webhooks
from billing.context import Context
from billing.handlers.settling import Because, settle
from billing.ports import Declined, Notice, Unreachable
from billing.webhooks import Waiting

log = structlog.get_logger(__name__)

ABOUT_PAYMENTS = ("checkout.session.", "charge.refunded", "charge.dispute.", "refund.")
_THEIRS = "pi_"
"""What the processor's own ids of payments begin with."""
_AT_ONCE = 8


async def hear(ctx: Context, body: bytes, signature: str) -> None:
    """Store what was posted; answer only after it is committed. Raises `BadSignature`.

    What the other mode sends, test or live, is dropped: it is about no money of ours.
    """
    notice = ctx.notices.read(body, signature, ctx.clock())
    if notice.live != ctx.settings.live:
        measures.webhook(notice.kind, "other_mode")
        log.warning("webhook.other_mode", event_id=notice.event_id, live=notice.live)
        return
    async with ctx.database.transaction() as connection:
        await webhooks.add(connection, notice, ctx.cipher, heard_by="webhook")


async def correct(ctx: Context, notices: Sequence[Notice]) -> int:
    """Store what was found by asking; gives back how many of them nobody had told."""
    missed = 0
    async with ctx.database.transaction() as connection:
        for notice in notices:
            missed += await webhooks.add(connection, notice, ctx.cipher, heard_by="reconciler")
    return missed


async def handle_waiting(ctx: Context) -> bool:
    """Handle notices that wait, some at once. False when none did."""
    async with ctx.database.transaction() as connection:
        waiting = await webhooks.take(connection, ctx.clock(), _AT_ONCE)
    await asyncio.gather(*(_handle(ctx, notice) for notice in waiting))
    return bool(waiting)


async def _handle(ctx: Context, notice: Waiting) -> None:
    try:
        outcome = await _settled(ctx, notice)
    except (Unreachable, Declined, Conflict) as error:
        log.warning("webhook.postponed", event_id=notice.event_id, reason=str(error))
        return
    except Exception as error:  # one that trips us must not stop the others; it comes again
        log.error("webhook.tripped", event_id=notice.event_id, exc_info=error)
        return
    age = (ctx.clock() - notice.happened_at).total_seconds()
    measures.webhook(notice.kind, outcome, age)


async def _settled(ctx: Context, notice: Waiting) -> str:
    ours = notice.payment_id
    if ours.startswith(_THEIRS):
        ours = await ctx.processor.payment_of(notice.account, ours)
    async with ctx.database.transaction() as connection:
        if ours and ours != notice.payment_id:
            await webhooks.name_payment(connection, notice.event_id, ours)
        attempt = await attempts.of_account(connection, notice.account, ours)
        if attempt is None or not notice.kind.startswith(ABOUT_PAYMENTS):
            outcome = "ignored" if attempt else "unknown"
            await webhooks.handled(connection, notice.event_id, outcome)
            return outcome
    await settle(ctx, attempt, Because("stripe:webhook", notice.event_id))
    return "settled"
