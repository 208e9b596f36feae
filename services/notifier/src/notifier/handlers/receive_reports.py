"""Receive what providers report and people reply: stored first, then each told by an event, once."""

from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

import msgspec
import structlog
from chassis.database import Transaction
from chassis.encryption import Undecipherable
from chassis.identity import find_business
from servicehub_events import (
    Message,
    MessageDelivered,
    MessageFailed,
    MessageSent,
    TextsResumed,
    TextsStopped,
)

from notifier import metrics
from notifier.context import Context
from notifier.domain.reports import MessageReport, Report, Reported, TextReply, event_of, status_after
from notifier.handlers.deliver import publish_message
from notifier.store import channels, contacts, deliveries, reports
from notifier.store.channels import NumberOwner
from notifier.store.reports import StoredReport, report_context

log = structlog.get_logger(__name__)

_REPORTS: Final = UUID("9a1f7c52-3a0e-4a5e-8f0b-6b7a4d5e2c11")  # the namespace of the ids of reports
_LIMIT: Final = 50
_LOOK_AGAIN: Final = timedelta(seconds=2)
_WAITED_FOR: Final = timedelta(minutes=10)
_EVENTS: Final[dict[Reported, type[Message]]] = {
    "sent": MessageSent,
    "delivered": MessageDelivered,
    "failed": MessageFailed,
}


async def store_report(ctx: Context, report: Report | None) -> None:
    """Store what was posted; the answer comes after it is committed. None is nothing to store."""
    if report is None:
        return
    report_id = uuid5(_REPORTS, msgspec.json.encode(report).decode())
    content = ctx.cipher.encrypt(msgspec.json.encode(report), context=report_context(report_id))
    async with ctx.all_tenants() as tx:
        await reports.add_report(tx, report_id, content, ctx.clock())


async def handle_reports(ctx: Context) -> bool:
    """Act on some reports that are due; whether there may be more."""
    async with ctx.all_tenants() as tx:
        due = await reports.lock_due(tx, ctx.clock(), _LIMIT)
        for stored in due:
            await _handle(ctx, tx, stored)
    return bool(due)


async def rewrite_old_keys(ctx: Context, tx: Transaction) -> int:
    """Find addresses by the current key; how many customers there were. At 0 an old key may be retired."""
    customers = await channels.list_outdated(tx, ctx.addresses.current_prefix, _LIMIT)
    await contacts.rewrite_channels(tx, customers, ctx.cipher, ctx.addresses)
    return len(customers)


async def _handle(ctx: Context, tx: Transaction, stored: StoredReport) -> None:
    report = _opened(ctx, stored)
    if isinstance(report, MessageReport) and not await _told(ctx, tx, report):
        if ctx.clock() - stored.received_at < _WAITED_FOR:  # it outran the end of the delivery
            await reports.mark_due(tx, stored.report_id, ctx.clock() + _LOOK_AGAIN)
            return
        log.warning("reports.unknown", message_id=str(report.message_id))
    if isinstance(report, TextReply):
        await _replied(ctx, tx, report)
    await reports.forget_report(tx, stored.report_id)


def _opened(ctx: Context, stored: StoredReport) -> Report | None:
    """It does not raise: a traceback of this function would carry what it opened."""
    try:
        plain = ctx.cipher.decrypt(stored.content, context=report_context(stored.report_id))
        return msgspec.json.decode(plain, type=Report)
    except (Undecipherable, msgspec.DecodeError):
        log.error("reports.undecipherable", report_id=str(stored.report_id))
        return None


async def _told(ctx: Context, tx: Transaction, report: MessageReport) -> bool:
    """Tell what became of a message. False while its delivery has not ended, or is not known."""
    message = await deliveries.lock_message(tx, report.message_id)
    if message is None or message.status == "due":
        return False
    status = status_after(message.status, message.error, report)
    if status is None:
        return True
    of_business = tx.of(message.business_id)
    message = await deliveries.mark_reported(of_business, message, status, report)
    if message.address_index and report.address_fault:
        indexes = [message.address_index]
        await channels.mark_fault(of_business, message.channel, indexes, report.address_fault, ctx.clock())
    elif message.address_index and status == "delivered":
        await channels.forget_fault(of_business, message.channel, [message.address_index])
    event = event_of(_EVENTS[status], message, report.address_fault)
    await publish_message(ctx, tx, event, message.version)
    metrics.count_delivery(message.kind, message.channel, status)
    log.info("delivery.reported", message_id=str(message.message_id), status=status, code=report.error)
    return True


async def _replied(ctx: Context, tx: Transaction, reply: TextReply) -> None:
    """End or resume texts to a number, and tell each business that has it as a contact's."""
    indexes = ctx.addresses.accepted("", "sms", reply.number)
    if reply.wants_texts:
        whose = await channels.resume_texts(tx, indexes)
    else:
        whose = await channels.stop_texts(tx, indexes, ctx.clock())
    for contact in whose:
        await _tell_reply(ctx, tx.of(contact.business_id), reply, contact)
    metrics.count_reply(wants_texts=reply.wants_texts)
    log.info("texts.resumed" if reply.wants_texts else "texts.stopped", contacts=len(whose))


async def _tell_reply(ctx: Context, tx: Transaction, reply: TextReply, contact: NumberOwner) -> None:
    """The message is the text that came: one of its own for each contact that has the number."""
    business = await find_business(tx, contact.business_id)
    cls = TextsResumed if reply.wants_texts else TextsStopped
    id_ = uuid5(_REPORTS, "/".join((reply.reference, contact.customer_id, contact.contact_id, cls.__name__)))
    event = cls(
        business_id=contact.business_id,
        message_id=str(id_),
        kind="start" if reply.wants_texts else "stop",
        customer_id=contact.customer_id,
        contact_id=contact.contact_id,
        channel="sms",
        locale=business.default_locale if business else "en",
        caused_by=reply.reference,
        address_fault=None if reply.wants_texts else "opted_out",
    )
    await publish_message(ctx, tx, event, 1)
