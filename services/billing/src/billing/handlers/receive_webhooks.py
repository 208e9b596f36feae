"""Receive webhooks: stored first, then each answered by asking what became of its payment."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from chassis.events_out import Conflict, Origin

from billing import metrics
from billing.context import Context
from billing.domain.webhook_event import (
    WebhookEvent,
    is_about_account,
    is_about_payment,
    is_about_payout,
    is_intent,
)
from billing.errors import ProcessorDeclined, ProcessorUnreachable
from billing.handlers.book_payout import book_payout
from billing.handlers.settle import settle
from billing.store import account_checks, checkout_sessions, webhooks
from billing.store.webhooks import StoredWebhook

log = structlog.get_logger(__name__)

_AT_ONCE = 8
_DECLINED_FOR: Final = timedelta(days=3)  # so long an account that was cut off may come back


async def store_webhook(ctx: Context, body: bytes, signature: str) -> None:
    """Store what was posted; answer only after it is committed. Raises `BadSignature`.

    What the other mode sends, test or live, is dropped: it is about no money of ours.
    """
    event = ctx.webhooks.read(body, signature, ctx.clock())
    if event.live != ctx.settings.live:
        metrics.count_webhook(event.kind, "other_mode")
        log.warning("webhook.other_mode", event_id=event.event_id, live=event.live)
        return
    async with ctx.all_tenants() as tx:
        await webhooks.add_webhook(tx, event, ctx.cipher, found_by="webhook")


async def store_missed(ctx: Context, events: Sequence[WebhookEvent]) -> int:
    """Store what was found by asking; how many of them were never posted."""
    missed = 0
    async with ctx.all_tenants() as tx:
        for event in events:
            missed += await webhooks.add_webhook(tx, event, ctx.cipher, found_by="reconciler")
    return missed


async def handle_waiting(ctx: Context) -> bool:
    """Handle webhooks that wait, some at once. False when none did, or when the processor needs a rest."""
    async with ctx.all_tenants() as tx:
        waiting = await webhooks.lock_waiting(tx, ctx.clock(), _AT_ONCE)
    return bool(waiting) and all(await asyncio.gather(*(handle(ctx, webhook) for webhook in waiting)))


async def handle(ctx: Context, webhook: StoredWebhook) -> bool:
    """Act on a webhook that was taken. False when the processor needs a rest."""
    try:
        outcome = await _settle(ctx, webhook)
    except ProcessorDeclined as error:
        if ctx.clock() - webhook.happened_at < _DECLINED_FOR:
            log.warning("webhook.postponed", event_id=webhook.event_id, reason=str(error))
            return True
        outcome = await _end(ctx, webhook, "declined")
    except ProcessorUnreachable as error:
        log.warning("webhook.postponed", event_id=webhook.event_id, reason=str(error))
        if error.retry_after:
            async with ctx.all_tenants() as tx:
                await webhooks.postpone(tx, webhook.event_id, ctx.clock() + error.retry_after)
        return False
    except Conflict as error:
        log.warning("webhook.postponed", event_id=webhook.event_id, reason=str(error))
        return True
    except Exception as error:  # one that trips us must not stop the others; it comes again
        log.error("webhook.failed", event_id=webhook.event_id, exc_info=error)
        return True
    age = (ctx.clock() - webhook.happened_at).total_seconds()
    metrics.count_webhook(webhook.kind, outcome, age)
    return True


async def _settle(ctx: Context, webhook: StoredWebhook) -> str:
    if is_about_account(webhook.kind):
        return await _look_at_account(ctx, webhook)
    if is_about_payout(webhook.kind):
        await book_payout(ctx, webhook.account, webhook.payment_id, Origin("stripe:webhook"))
        return await _end(ctx, webhook, "payout")
    payment_id = webhook.payment_id
    if is_intent(payment_id):
        payment_id = await ctx.processor.find_payment_id(webhook.account, payment_id)
    async with ctx.all_tenants() as tx:
        if payment_id and payment_id != webhook.payment_id:
            await webhooks.mark_payment(tx, webhook.event_id, payment_id)
        session = await checkout_sessions.find_session_of_account(tx, webhook.account, payment_id)
        if session is None or not is_about_payment(webhook.kind):
            outcome = "ignored" if session else "unknown"
            await webhooks.mark_handled(tx, webhook.event_id, outcome)
            return outcome
    await settle(ctx, session, Origin("stripe:webhook", webhook.event_id))
    return "settled"


async def _look_at_account(ctx: Context, webhook: StoredWebhook) -> str:
    """Have the account asked about now, and every open page on it."""
    async with ctx.all_tenants() as tx:
        await account_checks.mark_due(tx, webhook.account)
        await checkout_sessions.mark_account_due(tx, webhook.account)
    return await _end(ctx, webhook, "account")


async def _end(ctx: Context, webhook: StoredWebhook, outcome: str) -> str:
    async with ctx.all_tenants() as tx:
        await webhooks.mark_handled(tx, webhook.event_id, outcome)
    return outcome
