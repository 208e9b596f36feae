"""Deliver one message: write it, send it outside any transaction, then record the outcome with its event.

At least once: a crash after the provider took the message sends it again, under the same Message-ID.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeGuard

import structlog
from chassis.database import Transaction
from chassis.events_out import publish
from chassis.identity import find_business
from chassis.observability import span, traceparent
from servicehub_events import Envelope, Message, MessageFailed, MessageSent, topic_of

from notifier import metrics
from notifier.context import Context
from notifier.domain.delivery import (
    Delivery,
    DeliveryPostponed,
    DeliveryRejected,
    NotificationDelivery,
    Obsolete,
    Sms,
    next_attempt,
)
from notifier.domain.facts import InvoiceFacts
from notifier.handlers.render_message import render_message
from notifier.messages.email import OutgoingEmail, compose
from notifier.store import deliveries, visits
from notifier.store.contacts import lock_unless_erased
from notifier.store.told_invoices import mark_told

log = structlog.get_logger(__name__)


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """Send a claimed delivery, or postpone it, or give it up. Raises only what the database raises."""
    with span(f"deliver {delivery.kind}", parent=delivery.traceparent):
        if ctx.clock() >= delivery.expires_at:
            await _end(ctx, delivery, error="expired")
            return
        try:
            reference, told = await _send(ctx, delivery)
        except DeliveryPostponed as reason:
            await _postpone(ctx, delivery, reason.code, reason.until)
        except DeliveryRejected as reason:
            await _end(ctx, delivery, error=reason.code)
        except Obsolete as reason:
            await _drop(ctx, delivery, reason.code)
        except Exception as error:  # one message that trips us must not stop the others
            log.error("delivery.interrupted", message_id=str(delivery.message_id), exc_info=error)
            await _postpone(ctx, delivery, "internal_error")
        else:
            await _end(ctx, delivery, reference=reference, told=told)


async def _send(ctx: Context, delivery: Delivery) -> tuple[str | None, InvoiceFacts | None]:
    """The provider's reference, and the invoice as it was told."""
    async with ctx.all_tenants() as tx:
        business = await find_business(tx, delivery.business_id)
    if business is None:
        raise DeliveryPostponed("business_unknown")  # its event is on another topic and may come later
    rendered = await render_message(ctx, delivery, business)
    message = rendered.message
    try:
        if isinstance(message, Sms):
            return await ctx.sms.send(message), rendered.invoice
        return await _mail(ctx, delivery, message), rendered.invoice
    except (DeliveryPostponed, DeliveryRejected):
        if _is_of_visits(delivery):
            async with ctx.all_tenants() as tx:
                await visits.mark_tellings(tx.of(delivery.business_id), delivery, "failed")
        raise


def _is_of_visits(delivery: Delivery) -> TypeGuard[NotificationDelivery]:
    return isinstance(delivery, NotificationDelivery) and delivery.aggregate == "appointment"


async def _mail(ctx: Context, delivery: Delivery, email: OutgoingEmail) -> str | None:
    try:
        mail = compose(email, sender=ctx.settings.sender, message_id=delivery.message_id, now=ctx.clock())
    except ValueError:
        raise DeliveryRejected("address_unusable") from None
    return await ctx.mail.send(mail, email.to)


async def _postpone(ctx: Context, delivery: Delivery, code: str, until: datetime | None = None) -> None:
    due_at = until or next_attempt(delivery, ctx.clock(), ctx.jitter)
    async with ctx.all_tenants() as tx:
        await deliveries.mark_postponed(tx, delivery, due_at, code)
    metrics.count_delivery(delivery.kind, delivery.channel, "postponed")
    log.warning(
        "delivery.postponed", message_id=str(delivery.message_id), attempts=delivery.attempts, code=code
    )


async def _drop(ctx: Context, delivery: Delivery, code: str) -> None:
    """End it without an event: nobody was sent anything, and nobody needs to know."""
    async with ctx.all_tenants() as tx:
        await deliveries.mark_ended(tx, delivery, ctx.clock(), "dropped", error=code)
    metrics.count_delivery(delivery.kind, delivery.channel, "dropped")
    log.info("delivery.dropped", message_id=str(delivery.message_id), code=code)


async def _end(
    ctx: Context,
    delivery: Delivery,
    *,
    reference: str | None = None,
    told: InvoiceFacts | None = None,
    error: str | None = None,
) -> None:
    now, status = ctx.clock(), "failed" if error else "sent"
    async with ctx.all_tenants() as tx:
        version = await deliveries.mark_ended(tx, delivery, now, status, reference=reference, error=error)
        if version is None:
            return  # claimed by another worker meanwhile: the outcome is its to tell
        if not error and _is_of_visits(delivery):
            await visits.mark_tellings(tx.of(delivery.business_id), delivery, "told")
        event = _event(MessageFailed if error else MessageSent, delivery, reference, error)
        envelope = Envelope(
            event=event,
            id=ctx.new_id(),
            source=topic_of(type(event)).source,
            time=now,
            sequence=version,
            causation_id=delivery.caused_by,
            traceparent=traceparent(),
        )
        await publish(tx, [envelope], actor="worker:notifier")
        if told and isinstance(delivery, NotificationDelivery):
            await _mark_told(tx.of(delivery.business_id), delivery, told)
    metrics.count_delivery(delivery.kind, delivery.channel, status)
    attempt = {"message_id": str(delivery.message_id), "attempts": delivery.attempts}
    if error:
        log.error("delivery.failed", **attempt, code=error)
    else:
        metrics.record_delivery(delivery.channel, (now - delivery.requested_at).total_seconds())
        log.info("delivery.sent", **attempt)


async def _mark_told(tx: Transaction, delivery: NotificationDelivery, told: InvoiceFacts) -> None:
    """The next message tells the difference to this one; nothing is kept of who was erased meanwhile."""
    if await lock_unless_erased(tx, delivery.customer_id):
        await mark_told(tx, delivery.customer_id, delivery.contact_id, delivery.subject_id, told)


def _event(
    cls: Callable[..., Message], delivery: Delivery, reference: str | None, error: str | None
) -> Message:
    concerns = delivery if isinstance(delivery, NotificationDelivery) else None
    return cls(
        business_id=delivery.business_id,
        message_id=str(delivery.message_id),
        kind=delivery.kind,
        customer_id=concerns and concerns.customer_id,
        contact_id=concerns and concerns.contact_id,
        channel=delivery.channel,
        locale=delivery.locale,
        caused_by=delivery.caused_by,
        provider_reference=reference,
        error=error,
    )
