"""Fan a notification out: one delivery for each recipient, or none. What is unknown yet is waited for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from chassis.database import Transaction, is_transient
from chassis.identity import find_business
from msgspec.structs import replace
from servicehub_events import Business

from notifier import metrics
from notifier.context import Context
from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.delivery import NotificationDelivery, message_id
from notifier.domain.facts import Facts, InvoiceFacts, PaymentFacts
from notifier.domain.invoice_news import kind_to_tell, new_credit_note
from notifier.domain.kinds import InvoiceKind, MessageKind, is_of_payment, is_of_request
from notifier.domain.notifications import TRIED_FOR, PendingNotification, next_look, still_applies
from notifier.domain.payment_kinds import kind_to_address, notice_key
from notifier.domain.recipients import (
    Addressee,
    ContactPreferences,
    NotifiedContact,
    NotifiedCustomer,
    decliners,
    language_of,
    recipients,
)
from notifier.domain.request_facts import AccessFacts
from notifier.handlers.find_request import find_request_news
from notifier.handlers.settle_visits import settle_visits
from notifier.store import deliveries, notifications
from notifier.store.contacts import find_customer, list_preferences
from notifier.store.invoice_standings import list_balances, list_standings
from notifier.store.notifications import KnownSource
from notifier.store.told_invoices import list_refund_days, list_told

log = structlog.get_logger(__name__)

_LIMIT, _OF_ONE_BUSINESS = 50, 10
_AGAIN_IN: Final = timedelta(minutes=5)


async def fan_out(ctx: Context) -> int:
    """Settle some of what is due; how many. Any number of replicas may; each notification is one's alone.

    One that trips us does not stop the others: it is tried again later.
    """
    try:
        return await _fan_out(ctx, singly=False)
    except Exception as error:  # sorted here: what may pass is waited for by the loop
        if is_transient(error):
            raise
        log.error("notifications.interrupted", exc_info=error)
        return await _fan_out(ctx, singly=True)


async def _fan_out(ctx: Context, *, singly: bool) -> int:
    async with ctx.all_tenants() as tx:
        due = await notifications.lock_due(tx, ctx.clock(), _LIMIT, _OF_ONE_BUSINESS)
        for pending in due:
            settle = _try if singly else _settle
            await settle(ctx, tx.of(pending.business_id), pending)
    return len(due)


async def _try(ctx: Context, tx: Transaction, pending: PendingNotification) -> None:
    """Settle one in a savepoint."""
    try:
        async with tx.connection.begin_nested():
            await _settle(ctx, tx, pending)
    except Exception as error:
        if is_transient(error):
            raise
        log.error("notifications.not_settled", event_id=pending.event_id, exc_info=error)
        await notifications.mark_due(tx, pending, ctx.clock() + _AGAIN_IN)


async def _settle(ctx: Context, tx: Transaction, pending: PendingNotification) -> None:
    business = await find_business(tx, pending.business_id)
    customer = await find_customer(tx, pending.customer_id, ctx.cipher)
    source = await notifications.find_source(tx, pending.aggregate, pending.subject_id)
    facts = source.facts if source else None
    known = await _invoices_known(tx, pending, facts) and await _request_known(tx, pending)
    if business is None or customer is None or not known:
        await _wait(ctx, tx, pending)
        return
    if pending.aggregate == "appointment":
        await settle_visits(ctx, tx, pending, business, customer)
        return
    await notifications.forget_pending(tx, [pending])
    kind = await _kind_to_tell(ctx, tx, pending, source) if source else None
    if kind is None or not (business.enabled and customer.portal_access):
        metrics.count_notification(pending.kind, "unwanted")
        return
    pending = replace(pending, kind=kind)
    if isinstance(facts, InvoiceFacts):
        await _address_invoice(ctx, tx, pending, business, customer, facts)
        return
    if pending.aggregate in ("request", "answer", "access"):
        await _address_one(ctx, tx, pending, business, customer, facts)
        return
    payer = facts.contact_id if isinstance(facts, PaymentFacts | AutopayFacts) else None
    await _address(ctx, tx, pending, business, customer, payer)


async def _kind_to_tell(
    ctx: Context, tx: Transaction, pending: PendingNotification, source: KnownSource
) -> MessageKind | None:
    """As what it is told; None where it is not true, or told already."""
    facts, kind, reversal_id = source.facts, pending.kind, pending.reversal_id
    if facts is None:
        return None
    invoices = await list_standings(tx, pending.customer_id, pending.subject_id, facts)
    if not still_applies(kind, facts, ctx.clock(), reversal_id, invoices):
        return None
    if isinstance(facts, PaymentFacts) and is_of_payment(kind):
        return kind_to_address(kind, reversal_id, facts, source.notices)
    return kind


async def _invoices_known(tx: Transaction, pending: PendingNotification, facts: Facts | None) -> bool:
    """Whether a receipt can name its invoices, and a notice of autopay the one that it is about."""
    match facts:
        case PaymentFacts():
            named = facts.invoice_ids
        case AutopayFacts():
            named = (pending.reversal_id,) if pending.reversal_id else ()
        case _:
            return True
    return set(await notifications.list_invoices(tx, named)) >= set(named)


async def _request_known(tx: Transaction, pending: PendingNotification) -> bool:
    """Whether an answer can say to what it is one."""
    if pending.aggregate != "answer":
        return True
    return await notifications.find_source(tx, "request", pending.subject_id) is not None


async def _wait(ctx: Context, tx: Transaction, pending: PendingNotification) -> None:
    if due_at := next_look(pending.received_at, ctx.clock()):
        await notifications.mark_due(tx, pending, due_at)
        return
    await notifications.forget_pending(tx, [pending])
    metrics.count_notification(pending.kind, "unknown")
    log.warning("notifications.dropped", event_id=pending.event_id, reason="unknown")


async def _address(
    ctx: Context,
    tx: Transaction,
    pending: PendingNotification,
    business: Business,
    customer: NotifiedCustomer,
    payer: str | None,
) -> None:
    preferences = await list_preferences(tx, customer.contacts)
    ways = recipients(pending.kind, customer.contacts, preferences, payer)
    declined = decliners(pending.kind, customer.contacts, preferences, payer)
    if ways and (pending.aggregate == "payment" or pending.kind == "credit_note"):
        key = notice_key(pending.kind, pending.reversal_id)
        is_new = await notifications.add_notice(tx, pending.aggregate, pending.subject_id, key)
        ways = ways if is_new else []
    now = ctx.clock()
    addressed = [_delivery(pending, business, way, preferences, now) for way in ways]
    await deliveries.add_notifications(tx, addressed)
    refused = [_delivery(pending, business, way, preferences, now) for way in declined]
    await deliveries.add_declined(tx, refused, now)
    metrics.count_notification(pending.kind, "addressed" if addressed else "unwanted")


async def _address_one(
    ctx: Context,
    tx: Transaction,
    pending: PendingNotification,
    business: Business,
    customer: NotifiedCustomer,
    facts: Facts | None,
) -> None:
    """Who asked is told of the request, and nobody else; who can sign in now, that they can."""
    contact_id = facts.contact_id if isinstance(facts, AccessFacts) else None
    if is_of_request(pending.kind):
        news = await find_request_news(ctx, tx, pending.kind, pending.subject_id)
        contact_id = news.request.contact_id if news else None
    named = tuple(contact for contact in customer.contacts if contact.contact_id == contact_id)
    await _address(ctx, tx, pending, business, replace(customer, contacts=named), None)


async def _address_invoice(
    ctx: Context,
    tx: Transaction,
    pending: PendingNotification,
    business: Business,
    customer: NotifiedCustomer,
    facts: InvoiceFacts,
) -> None:
    """Each contact is told what differs from what that contact was told last, or of a credit note."""
    zone = ZoneInfo(business.time_zone)
    if pending.kind == "credit_note":
        refunded_on = await list_refund_days(tx, pending.customer_id, pending.subject_id, zone)
        if new_credit_note(pending.reversal_id, facts, refunded_on):
            await _address(ctx, tx, pending, business, customer, None)
        return
    if pending.kind == "invoice_issued":  # it is news, also by a build that did not note so
        facts = replace(facts, announced=True)
    told = await list_told(tx, pending.subject_id)
    balance = (await list_balances(tx, pending.customer_id, {pending.subject_id: facts}))[pending.subject_id]
    today = ctx.clock().astimezone(zone).date()
    groups: dict[InvoiceKind, list[NotifiedContact]] = {}
    for contact in customer.contacts:
        if kind := kind_to_tell(told.get(contact.contact_id), facts, balance, today):
            groups.setdefault(kind, []).append(contact)
    for kind, contacts in groups.items():
        some = replace(customer, contacts=tuple(contacts))
        await _address(ctx, tx, replace(pending, kind=kind), business, some, None)
    if not groups:
        metrics.count_notification(pending.kind, "unwanted")


def _delivery(
    pending: PendingNotification,
    business: Business,
    recipient: Addressee,
    preferences: Mapping[str, ContactPreferences],
    now: datetime,
) -> NotificationDelivery:
    contact, channel = recipient
    return NotificationDelivery(
        business_id=pending.business_id,
        message_id=message_id(
            caused_by=pending.event_id,
            recipient=contact.contact_id,
            kind=pending.kind,
            channel=channel,
            reversal_id=pending.reversal_id,
        ),
        kind=pending.kind,
        channel=channel,
        locale=language_of(business, contact, preferences),
        caused_by=pending.event_id,
        customer_id=pending.customer_id,
        contact_id=contact.contact_id,
        aggregate=pending.aggregate,
        subject_id=pending.subject_id,
        subject_version=pending.subject_version,
        reversal_id=pending.reversal_id,
        expires_at=pending.expires_at or now + TRIED_FOR,
        requested_at=pending.received_at,
        traceparent=pending.traceparent,
    )
