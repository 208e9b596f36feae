"""Render a notification at the moment of sending, from what is true then."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec
from chassis.database import Transaction
from chassis.origins import origin_of
from chassis.pay_links import PayLink, sends_pay_links, sign_pay_link
from servicehub_events import Business, has_role

from notifier.context import Context
from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.delivery import DeliveryPostponed, NotificationDelivery, Obsolete, Sms
from notifier.domain.facts import Aggregate, AppointmentFacts, Facts, InvoiceFacts, PaymentFacts
from notifier.domain.invoice_standing import InvoiceStanding
from notifier.domain.kinds import (
    MessageKind,
    ReminderKind,
    is_of_autopay,
    is_of_payment,
    is_of_visit,
    is_reminder,
)
from notifier.domain.notifications import still_applies
from notifier.domain.quiet_hours import held_until
from notifier.domain.recipients import NotifiedContact, language_of
from notifier.handlers.find_reader import find_reader
from notifier.handlers.render_reminder import find_news
from notifier.handlers.render_visits import render_visits
from notifier.handlers.unsubscribe import stop_url
from notifier.messages.autopay import AutopayNews, autopay_email, autopay_sms
from notifier.messages.email import EmailText, OutgoingEmail
from notifier.messages.notifications import invoice_email, receipt_email
from notifier.messages.payment_words import PaymentNews
from notifier.messages.payments import payment_email, payment_sms
from notifier.messages.style import MessageStyle
from notifier.store import notifications
from notifier.store.invoice_standings import list_standings


async def render_notification(
    ctx: Context, delivery: NotificationDelivery, business: Business
) -> OutgoingEmail | Sms:
    """What to send now.

    Raises `DeliveryPostponed`, as in quiet hours, and `Obsolete` when there is nothing to tell, or nobody.
    """
    kind, aggregate = msgspec.convert((delivery.kind, delivery.aggregate), tuple[MessageKind, Aggregate])
    if is_of_visit(kind):
        return await render_visits(ctx, delivery, kind, business)
    async with ctx.all_tenants() as all_tenants:
        tx = all_tenants.of(business.business_id)
        if is_reminder(kind):
            return await _reminder(ctx, tx, delivery, kind, business)
        facts, invoices = await _facts(ctx, tx, delivery, kind, aggregate)
        contact, preferences = await find_reader(ctx, tx, delivery, kind, business)
    _check_hour(ctx, delivery, kind, business)
    locale = language_of(business, contact, preferences)
    style = _style(ctx, delivery, kind, business, contact, locale)
    if isinstance(facts, PaymentFacts) and is_of_payment(kind):
        news = PaymentNews(delivery.subject_id, facts, delivery.reversal_id, invoices, ctx.clock())
        if delivery.channel == "sms":
            left = delivery.expires_at - ctx.clock()
            return Sms(contact.phone, payment_sms(kind, style, news), left)
        if kind != "receipt":
            content = payment_email(kind, style, news)
            return OutgoingEmail(contact.email, style.brand, locale, content, style.stop_url)
    if isinstance(facts, AutopayFacts) and is_of_autopay(kind):
        told = AutopayNews(facts, delivery.reversal_id, invoices)
        if delivery.channel == "sms":
            left = delivery.expires_at - ctx.clock()
            return Sms(contact.phone, autopay_sms(kind, style, told), left)
        return OutgoingEmail(
            contact.email, style.brand, locale, autopay_email(kind, style, told), style.stop_url
        )
    today = ctx.clock().astimezone(ZoneInfo(business.time_zone)).date()
    numbers = [invoice.number for invoice in invoices]
    text = _text(style, delivery.subject_id, facts, numbers, today)
    return OutgoingEmail(contact.email, style.brand, locale, text, style.stop_url)


async def _reminder(
    ctx: Context, tx: Transaction, delivery: NotificationDelivery, kind: ReminderKind, business: Business
) -> OutgoingEmail | Sms:
    contact, preferences = await find_reader(ctx, tx, delivery, kind, business)
    news = await find_news(ctx, tx, delivery, kind, business, contact)
    locale = language_of(business, contact, preferences)
    style = _style(ctx, delivery, kind, business, contact, locale)
    if delivery.channel == "sms":
        return Sms(contact.phone, news.sms(style), delivery.expires_at - ctx.clock())
    return OutgoingEmail(contact.email, style.brand, locale, news.email(style), style.stop_url)


def _style(
    ctx: Context,
    delivery: NotificationDelivery,
    kind: MessageKind,
    business: Business,
    contact: NotifiedContact,
    locale: str,
) -> MessageStyle:
    origin, pay_token = origin_of(business, ctx.settings.public_origin), _pay_token(ctx, business, contact)
    style = MessageStyle.of(business, locale, origin, pay_token)
    return replace(style, stop_url=stop_url(ctx, delivery, kind, style))


async def _facts(
    ctx: Context, tx: Transaction, delivery: NotificationDelivery, kind: MessageKind, aggregate: Aggregate
) -> tuple[Facts, Sequence[InvoiceStanding]]:
    source = await notifications.find_source(tx, aggregate, delivery.subject_id)
    if source is None or source.facts is None:
        raise Obsolete("erased")
    invoices = await list_standings(tx, delivery.customer_id, delivery.subject_id, source.facts)
    newer = source.notified_version > delivery.subject_version and not is_of_payment(kind)
    if newer or not still_applies(kind, source.facts, ctx.clock(), delivery.reversal_id, invoices):
        raise Obsolete("superseded")
    return source.facts, invoices


def _pay_token(ctx: Context, business: Business, contact: NotifiedContact) -> Callable[[str], str] | None:
    """How pay links for this contact are made, at the moment of sending; they are stored nowhere."""
    if not (sends_pay_links(business) and has_role(contact.roles, "pay")):
        return None
    now, keys = int(ctx.clock().timestamp()), ctx.settings.pay_link_keys

    def token(invoice_id: str) -> str:
        link = PayLink(invoice_id, contact.contact_id, business.generation, now)
        return sign_pay_link(keys, business.business_id, link)

    return token


def _check_hour(ctx: Context, delivery: NotificationDelivery, kind: MessageKind, business: Business) -> None:
    zone = ZoneInfo(business.time_zone)
    if until := held_until(kind, delivery.channel, ctx.clock(), zone, delivery.expires_at):
        raise DeliveryPostponed("quiet_hours", until)


def _text(
    style: MessageStyle,
    subject_id: str,
    facts: Facts,
    numbers: Sequence[str],
    today: date,
) -> EmailText:
    match facts:
        case InvoiceFacts():
            return invoice_email(style, subject_id, facts, today)
        case PaymentFacts():
            return receipt_email(style, subject_id, facts, numbers)
        case AppointmentFacts() | AutopayFacts():
            raise Obsolete("superseded")  # no kind but its own tells of it
        case _:
            assert_never(facts)
