"""Render a message at the moment of sending: a code from its encrypted content, a notification from what is
true then.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
from chassis.database import Transaction
from chassis.encryption import Undecipherable
from servicehub_events import Business

from notifier.context import Context
from notifier.domain.delivery import (
    CodeDelivery,
    Delivery,
    DeliveryPostponed,
    DeliveryRejected,
    NotificationDelivery,
    Obsolete,
    SignInCode,
    Sms,
    content_context,
)
from notifier.domain.facts import Aggregate, AppointmentFacts, Facts, InvoiceFacts, PaymentFacts
from notifier.domain.notifications import (
    ContactPreferences,
    MessageKind,
    NotifiedContact,
    language_for,
    language_of,
    may_read,
    still_applies,
)
from notifier.messages.brand import brand_of
from notifier.messages.email import EmailText, OutgoingEmail
from notifier.messages.notifications import MessageStyle, appointment_email, invoice_email, receipt_email
from notifier.messages.passkey_added import passkey_email, passkey_sms
from notifier.messages.sign_in_code import code_email, code_sms
from notifier.messages.sign_in_guarded import guarded_email, guarded_sms
from notifier.store import notifications
from notifier.store.contacts import find_customer, list_preferences


async def render_message(ctx: Context, delivery: Delivery, business: Business) -> OutgoingEmail | Sms:
    """What to send now.

    Raises `DeliveryPostponed` or `DeliveryRejected`, and `Obsolete` when there is nothing to tell, or nobody.
    """
    if isinstance(delivery, CodeDelivery):
        return _code(ctx, delivery, business)
    return await _notification(ctx, delivery, business)


def _code(ctx: Context, delivery: CodeDelivery, business: Business) -> OutgoingEmail | Sms:
    if (code := _opened(ctx, delivery)) is None:
        raise DeliveryRejected("undecipherable")
    brand = brand_of(business, ctx.settings.public_origin)
    left = max(delivery.expires_at - ctx.clock(), timedelta())
    locale = language_for(delivery.locale, business.default_locale)
    if until := code.guarded_until:
        style = MessageStyle.of(business, locale, ctx.settings.public_origin)
        if delivery.channel == "sms":
            return Sms(code.to, guarded_sms(style, until), left)
        return OutgoingEmail(code.to, brand, locale, guarded_email(style, until))
    if at := code.passkey_added_at:
        style = MessageStyle.of(business, locale, ctx.settings.public_origin)
        if delivery.channel == "sms":
            return Sms(code.to, passkey_sms(style, at), left)
        return OutgoingEmail(code.to, brand, locale, passkey_email(style, at))
    link = f"{ctx.settings.public_origin}/n/{code.guard_token}" if code.guard_token else ""
    if delivery.channel == "sms":
        return Sms(code.to, code_sms(locale, brand, code.code, ctx.settings.public_host, link), left)
    return OutgoingEmail(code.to, brand, locale, code_email(locale, brand, code.code, left, link))


def _opened(ctx: Context, delivery: CodeDelivery) -> SignInCode | None:
    """Address and code. It does not raise: a traceback of this function would carry what it opened."""
    context = content_context(delivery.business_id, delivery.message_id)
    try:
        return msgspec.json.decode(ctx.cipher.decrypt(delivery.content, context=context), type=SignInCode)
    except Undecipherable:
        return None


async def _notification(ctx: Context, delivery: NotificationDelivery, business: Business) -> OutgoingEmail:
    kind, aggregate = msgspec.convert((delivery.kind, delivery.aggregate), tuple[MessageKind, Aggregate])
    async with ctx.all_tenants() as all_tenants:
        tx = all_tenants.of(business.business_id)
        facts = await _facts(ctx, tx, delivery, kind, aggregate)
        contact, preferences = await _contact(ctx, tx, delivery, kind, business)
        numbers = await _invoice_numbers(tx, facts)
    locale = language_of(business, contact, preferences)
    style = MessageStyle.of(business, locale, ctx.settings.public_origin)
    text = _text(kind, style, delivery.subject_id, facts, numbers)
    return OutgoingEmail(contact.email, style.brand, locale, text)


async def _facts(
    ctx: Context, tx: Transaction, delivery: NotificationDelivery, kind: MessageKind, aggregate: Aggregate
) -> Facts:
    source = await notifications.find_source(tx, aggregate, delivery.subject_id)
    if source is None or source.facts is None:
        raise Obsolete("erased")
    newer = source.notified_version > delivery.subject_version
    if newer or not still_applies(kind, source.facts, ctx.clock()):
        raise Obsolete("superseded")
    return source.facts


async def _contact(
    ctx: Context, tx: Transaction, delivery: NotificationDelivery, kind: MessageKind, business: Business
) -> tuple[NotifiedContact, Mapping[str, ContactPreferences]]:
    customer = await find_customer(tx, delivery.customer_id, ctx.cipher)
    if customer is None:
        raise DeliveryPostponed("customer_unknown")  # its event comes again
    if not customer.portal_access or not business.enabled:
        raise Obsolete("no_access")
    named = [contact for contact in customer.contacts if contact.contact_id == delivery.contact_id]
    preferences = await list_preferences(tx, named)
    for contact in named:
        if may_read(kind, contact, preferences):
            return contact, preferences
    raise Obsolete("unwanted")


async def _invoice_numbers(tx: Transaction, facts: Facts) -> Sequence[str]:
    """The numbers of the invoices that a payment is for."""
    if not isinstance(facts, PaymentFacts):
        return ()
    known = await notifications.list_invoices(tx, facts.invoice_ids)
    invoices = (known.get(invoice_id) for invoice_id in facts.invoice_ids)
    return [invoice.number for invoice in invoices if invoice]


def _text(
    kind: MessageKind, style: MessageStyle, subject_id: str, facts: Facts, numbers: Sequence[str]
) -> EmailText:
    match facts:
        case AppointmentFacts():
            return appointment_email(kind, style, subject_id, facts)
        case InvoiceFacts():
            return invoice_email(style, subject_id, facts)
        case PaymentFacts():
            return receipt_email(style, subject_id, facts, numbers)
