"""Deliver one message: write it, send it outside any transaction, then record the outcome with its event.

A crash after the provider took a mail or a code sends it again: a mail under the same Message-ID, the same
code. A text of news is noted before it is handed over, and never handed over twice.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final, TypeGuard

import structlog
from chassis.database import Transaction
from chassis.email_addresses import ascii_address
from chassis.events_out import publish
from chassis.identity import find_business
from chassis.observability import span, traceparent
from chassis.origins import origin_of
from servicehub_events import Business, Envelope, Message, MessageFailed, MessageSent, topic_of

from notifier import metrics
from notifier.context import Context
from notifier.domain.channels import is_stop_due, masked
from notifier.domain.delivery import (
    CodeDelivery,
    Delivery,
    DeliveryPostponed,
    DeliveryRejected,
    DeliveryUnconfirmed,
    NotificationDelivery,
    Obsolete,
    Sms,
    next_attempt,
    thread_of,
)
from notifier.domain.facts import InvoiceFacts
from notifier.domain.reports import UNANSWERED, event_of
from notifier.handlers.render_message import render_message
from notifier.messages.email import MailFacts, OutgoingEmail, compose
from notifier.messages.sms import stop_note
from notifier.messages.style import MessageStyle
from notifier.store import channels, deliveries, visits
from notifier.store.contacts import lock_unless_erased
from notifier.store.deliveries import SentTo
from notifier.store.mail_names import find_mail_name
from notifier.store.told_invoices import mark_told

log = structlog.get_logger(__name__)

TEXT_REPORTS: Final = "/notifications/webhooks/twilio/messages"
"""Where Twilio is told to report what becomes of a text: below it, the id of the message."""


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """Send a claimed delivery, or postpone it, or give it up. Raises only what the database raises."""
    with span(f"deliver {delivery.kind}", parent=delivery.traceparent):
        sent_to: SentTo | None = None
        try:
            _check(ctx, delivery)
            business = await _business(ctx, delivery)
            rendered = await render_message(ctx, delivery, business)
            sent_to = _where(ctx, delivery, rendered.message.to)
            reference = await _hand_over(ctx, delivery, business, rendered.message)
        except DeliveryPostponed as reason:
            if isinstance(reason, DeliveryUnconfirmed) and _is_text_of_news(delivery):
                await _end(ctx, delivery, sent_to, error=reason.code)
            else:
                await _postpone(ctx, delivery, reason.code, reason.until)
        except DeliveryRejected as reason:
            await _end(ctx, delivery, sent_to, error=reason.code, address_fault=reason.address_fault)
        except Obsolete as reason:
            await _drop(ctx, delivery, reason.code)
        except Exception as error:  # one message that trips us must not stop the others
            log.error("delivery.interrupted", message_id=str(delivery.message_id), exc_info=error)
            await _postpone(ctx, delivery, "internal_error", taken_back=False)
        else:
            await _end(ctx, delivery, sent_to, reference=reference, told=rendered.invoice)


async def publish_message(ctx: Context, tx: Transaction, event: Message, version: int) -> None:
    """Tell what became of a message, as its `version`."""
    envelope = Envelope(
        event=event,
        id=ctx.new_id(),
        source=topic_of(type(event)).source,
        time=ctx.clock(),
        sequence=version,
        causation_id=event.caused_by,
        traceparent=traceparent(),
    )
    await publish(tx, [envelope], actor="worker:notifier")


def _check(ctx: Context, delivery: Delivery) -> None:
    if isinstance(delivery, NotificationDelivery) and delivery.handed_over_at:
        raise DeliveryRejected(UNANSWERED)  # whoever handed it over did not live to say what came of it
    if ctx.clock() >= delivery.expires_at:
        raise DeliveryRejected("expired")


async def _business(ctx: Context, delivery: Delivery) -> Business:
    async with ctx.all_tenants() as tx:
        business = await find_business(tx, delivery.business_id)
    if business is None:
        raise DeliveryPostponed("business_unknown")  # its event is on another topic and may come later
    return business


def _where(ctx: Context, delivery: Delivery, to: str) -> SentTo:
    """A code has no customer who is told where it went."""
    indexes = ctx.addresses.accepted(delivery.business_id, delivery.channel, to)
    return SentTo(indexes, masked(to) if isinstance(delivery, NotificationDelivery) else None)


def _is_of_visits(delivery: Delivery) -> TypeGuard[NotificationDelivery]:
    return isinstance(delivery, NotificationDelivery) and delivery.aggregate == "appointment"


def _is_text_of_news(delivery: Delivery) -> bool:
    """Whether it must not be handed over twice."""
    return isinstance(delivery, NotificationDelivery) and delivery.channel == "sms"


async def _hand_over(
    ctx: Context, delivery: Delivery, business: Business, message: OutgoingEmail | Sms
) -> str | None:
    """Gives the provider's reference. What surely failed tells nobody of a visit."""
    try:
        return await _send(ctx, delivery, business, message)
    except (DeliveryPostponed, DeliveryRejected) as reason:
        if _is_of_visits(delivery) and not isinstance(reason, DeliveryUnconfirmed):
            async with ctx.all_tenants() as tx:
                await visits.mark_tellings(tx.of(delivery.business_id), delivery, "failed")
        raise


async def _send(
    ctx: Context, delivery: Delivery, business: Business, message: OutgoingEmail | Sms
) -> str | None:
    if isinstance(message, OutgoingEmail):
        return await _mail(ctx, delivery, business, message)
    sms = replace(message, report_url=f"{ctx.settings.public_origin}{TEXT_REPORTS}/{delivery.message_id}")
    if _is_text_of_news(delivery):
        return await _text_news(ctx, delivery, business, sms)
    return await ctx.sms.send(sms)


async def _text_news(ctx: Context, delivery: Delivery, business: Business, sms: Sms) -> str | None:
    """Once, whatever happens; with how texts end, where its reader was not told that lately."""
    indexes = ctx.addresses.accepted(delivery.business_id, "sms", sms.to)
    async with ctx.all_tenants() as all_tenants:
        tx = all_tenants.of(delivery.business_id)
        if not await deliveries.mark_handed_over(tx, delivery, ctx.clock()):
            raise Obsolete("claimed_again")
        tells_stop = is_stop_due(await channels.find_stop_told(tx, indexes), ctx.clock())
    if not tells_stop:
        return await ctx.sms.send(sms)
    style = MessageStyle.of(business, delivery.locale, origin_of(business, ctx.settings.public_origin))
    replies = ctx.sms.takes_replies(sms.to)
    note = stop_note(delivery.locale, style.settings_url, takes_replies=replies)
    reference = await ctx.sms.send(replace(sms, text=f"{sms.text} {note}"))
    async with ctx.all_tenants() as all_tenants:
        await channels.mark_stop_told(all_tenants.of(delivery.business_id), indexes, ctx.clock())
    return reference


async def _mail(ctx: Context, delivery: Delivery, business: Business, email: OutgoingEmail) -> str | None:
    async with ctx.all_tenants() as tx:
        name = await find_mail_name(tx.of(delivery.business_id)) or business.slug
    facts = MailFacts(delivery.kind, business.slug, thread_of(delivery))
    sender = f"{name}@{ctx.settings.sender.rpartition('@')[2]}"
    try:
        to = ascii_address(email.to)
        mail = compose(email, sender=sender, message_id=delivery.message_id, now=ctx.clock(), facts=facts)
    except ValueError:
        raise DeliveryRejected("address_unusable", "unusable") from None
    return await ctx.mail.send(mail, to)


async def _postpone(
    ctx: Context, delivery: Delivery, code: str, until: datetime | None = None, *, taken_back: bool = True
) -> None:
    due_at = until or next_attempt(delivery, ctx.clock(), ctx.jitter)
    async with ctx.all_tenants() as tx:
        await deliveries.mark_postponed(tx, delivery, due_at, code, taken_back=taken_back)
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
    sent_to: SentTo | None,
    *,
    reference: str | None = None,
    told: InvoiceFacts | None = None,
    error: str | None = None,
    address_fault: str | None = None,
) -> None:
    now, status = ctx.clock(), "failed" if error else "sent"
    async with ctx.all_tenants() as all_tenants:
        tx = all_tenants.of(delivery.business_id)
        message = await deliveries.mark_ended(
            tx, delivery, now, status, reference=reference, error=error, sent_to=sent_to
        )
        if message is None:
            return  # claimed by another worker meanwhile: the outcome is its to tell
        if not error and _is_of_visits(delivery):
            await visits.mark_tellings(tx, delivery, "told")
        event = event_of(MessageFailed if error else MessageSent, message, address_fault)
        await publish_message(ctx, tx, event, message.version)
        if told and isinstance(delivery, NotificationDelivery):
            await _mark_told(tx, delivery, told)
        await _mark_channel(ctx, tx, delivery, sent_to, error, address_fault)
    metrics.count_delivery(delivery.kind, delivery.channel, status)
    attempt = {"message_id": str(delivery.message_id), "attempts": delivery.attempts}
    if error:
        log.error("delivery.failed", **attempt, code=error)
    else:
        metrics.record_delivery(
            delivery.kind, delivery.channel, (now - delivery.requested_at).total_seconds()
        )
        log.info("delivery.sent", **attempt)


async def _mark_told(tx: Transaction, delivery: NotificationDelivery, told: InvoiceFacts) -> None:
    """The next message tells the difference to this one; nothing is kept of who was erased meanwhile."""
    if await lock_unless_erased(tx, delivery.customer_id):
        await mark_told(tx, delivery.customer_id, delivery.contact_id, delivery.subject_id, told)


async def _mark_channel(
    ctx: Context,
    tx: Transaction,
    delivery: Delivery,
    sent_to: SentTo | None,
    error: str | None,
    address_fault: str | None,
) -> None:
    """News are not sent where nothing arrives. Codes always are: one that is taken shows that mail is."""
    if sent_to is None:
        return
    if address_fault:
        await channels.mark_fault(tx, delivery.channel, sent_to.indexes, address_fault, ctx.clock())
    elif error is None and isinstance(delivery, CodeDelivery) and delivery.channel == "email":
        await channels.forget_fault(tx, delivery.channel, sent_to.indexes)
