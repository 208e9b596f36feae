"""Render a notification at the moment of sending, from what is true then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from chassis.database import Transaction
from chassis.origins import origin_of
from chassis.pay_links import PayLink, sends_pay_links, sign_pay_link
from servicehub_events import Business, has_role

from notifier.context import Context
from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.delivery import DeliveryPostponed, NotificationDelivery, Obsolete, Sms
from notifier.domain.facts import Aggregate, Facts, InvoiceFacts, PaymentFacts
from notifier.domain.invoice_news import kind_to_tell
from notifier.domain.invoice_standing import InvoiceStanding
from notifier.domain.kinds import (
    MessageKind,
    ReminderKind,
    is_of_autopay,
    is_of_invoice,
    is_of_payment,
    is_of_request,
    is_of_visit,
    is_reminder,
    stands_alone,
)
from notifier.domain.notifications import still_applies
from notifier.domain.quiet_hours import held_until
from notifier.domain.recipients import NotifiedContact, language_of
from notifier.domain.request_facts import AccessFacts
from notifier.handlers.find_reader import find_reader
from notifier.handlers.find_request import find_request_news
from notifier.handlers.render_reminder import find_news
from notifier.handlers.render_visits import render_visits
from notifier.handlers.unsubscribe import stop_url
from notifier.messages.access import access_email, access_sms
from notifier.messages.autopay import AutopayNews, autopay_email, autopay_sms
from notifier.messages.email import EmailText, OutgoingEmail
from notifier.messages.invoices import InvoiceNews, invoice_email, invoice_sms
from notifier.messages.notifications import receipt_email
from notifier.messages.payment_words import PaymentNews
from notifier.messages.payments import payment_email, payment_sms
from notifier.messages.requests import RequestNews, request_email, request_sms
from notifier.messages.style import MessageStyle
from notifier.store import notifications
from notifier.store.invoice_standings import list_balances, list_standings
from notifier.store.told_invoices import list_told

News = InvoiceNews | RequestNews | PaymentNews | AutopayNews


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message, and the invoice as it tells it."""

    message: OutgoingEmail | Sms
    invoice: InvoiceFacts | None = None


async def render_notification(ctx: Context, delivery: NotificationDelivery, business: Business) -> Rendered:
    """What to send now.

    Raises `DeliveryPostponed`, as in quiet hours, and `Obsolete` when there is nothing to tell, or nobody.
    """
    kind, aggregate = msgspec.convert((delivery.kind, delivery.aggregate), tuple[MessageKind, Aggregate])
    if is_of_visit(kind):
        return Rendered(await render_visits(ctx, delivery, kind, business))
    async with ctx.all_tenants() as all_tenants:
        tx = all_tenants.of(business.business_id)
        if is_reminder(kind):
            return Rendered(await _reminder(ctx, tx, delivery, kind, business))
        facts, invoices = await _facts(ctx, tx, delivery, kind, aggregate)
        contact, preferences = await find_reader(ctx, tx, delivery, kind, business)
        invoice = await _invoice_news(ctx, tx, delivery, kind, facts, business)
        news = (
            invoice
            or await _request_news(ctx, tx, delivery, kind)
            or _money_news(delivery, facts, invoices, ctx.clock())
        )
    _check_hour(ctx, delivery, kind, business)
    locale = language_of(business, contact, preferences)
    style = _style(ctx, delivery, kind, business, contact, locale)
    if delivery.channel == "sms":
        text = _sms(kind, style, news, facts)
        message: OutgoingEmail | Sms = Sms(contact.phone, text, delivery.expires_at - ctx.clock())
    else:
        content = _email(kind, style, news, facts, contact.email or contact.phone)
        message = OutgoingEmail(contact.email, style.brand, locale, content, style.stop_url)
    return Rendered(message, invoice.facts if invoice and invoice.kind != "credit_note" else None)


def _money_news(
    delivery: NotificationDelivery, facts: Facts, invoices: Sequence[InvoiceStanding], now: datetime
) -> PaymentNews | AutopayNews | None:
    match facts:
        case PaymentFacts():
            return PaymentNews(delivery.subject_id, facts, delivery.reversal_id, invoices, now)
        case AutopayFacts():
            return AutopayNews(facts, delivery.reversal_id, invoices)
        case _:
            return None


def _sms(kind: MessageKind, style: MessageStyle, news: News | None, facts: Facts) -> str:
    match news:
        case InvoiceNews():
            return invoice_sms(style, news)
        case RequestNews():
            return request_sms(style, news)
        case PaymentNews() if is_of_payment(kind):
            return payment_sms(kind, style, news)
        case AutopayNews() if is_of_autopay(kind):
            return autopay_sms(kind, style, news)
        case None if isinstance(facts, AccessFacts):
            return access_sms(style)
        case _:
            raise Obsolete("superseded")  # a build before this one sent it by text


def _email(
    kind: MessageKind, style: MessageStyle, news: News | None, facts: Facts, address: str
) -> EmailText:
    match news:
        case InvoiceNews():
            return invoice_email(style, news)
        case RequestNews():
            return request_email(style, news)
        case PaymentNews() if kind == "receipt":
            return receipt_email(
                style, news.payment_id, news.payment, [invoice.number for invoice in news.invoices]
            )
        case PaymentNews() if is_of_payment(kind):
            return payment_email(kind, style, news)
        case AutopayNews() if is_of_autopay(kind):
            return autopay_email(kind, style, news)
        case None if isinstance(facts, AccessFacts):
            return access_email(style, address)
        case _:
            raise Obsolete("superseded")  # the kind tells of something else


async def _request_news(
    ctx: Context, tx: Transaction, delivery: NotificationDelivery, kind: MessageKind
) -> RequestNews | None:
    """A request as it is told now. Raises `Obsolete` where that is not true any more, or told to another."""
    if not is_of_request(kind):
        return None
    news = await find_request_news(ctx, tx, kind, delivery.subject_id)
    if news is None or news.request.contact_id != delivery.contact_id:
        raise Obsolete("superseded")
    return news


async def _invoice_news(
    ctx: Context,
    tx: Transaction,
    delivery: NotificationDelivery,
    kind: MessageKind,
    facts: Facts,
    business: Business,
) -> InvoiceNews | None:
    """An invoice as its reader is told it now. Raises `Obsolete` where that is nothing new."""
    if not isinstance(facts, InvoiceFacts) or not is_of_invoice(kind):
        return None
    invoice_id = delivery.subject_id
    balance = (await list_balances(tx, delivery.customer_id, {invoice_id: facts}))[invoice_id]
    told = (await list_told(tx, invoice_id)).get(delivery.contact_id)
    today = ctx.clock().astimezone(ZoneInfo(business.time_zone)).date()
    note = next((note for note in facts.credit_notes if note.note_id == delivery.reversal_id), None)
    if kind in ("invoice_issued", "deposit_asked"):  # it is news, also by a build that did not note so
        facts = msgspec.structs.replace(facts, announced=True)
    true_now = kind_to_tell(told, facts, balance, today)
    if kind == "credit_note":
        true_now = kind if note and facts.status != "void" else None
    if true_now is None:
        raise Obsolete("superseded")
    return InvoiceNews(true_now, invoice_id, facts, balance, told, note, today)


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
    newer = source.notified_version > delivery.subject_version and not stands_alone(kind)
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
