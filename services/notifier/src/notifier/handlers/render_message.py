"""Render a message when it is sent: a code from its encrypted content, a notification from what is true."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
from chassis.encryption import Undecipherable
from chassis.origins import host_of, origin_of
from servicehub_events import Business

from notifier.context import Context
from notifier.domain.delivery import (
    AddressChange,
    CodeDelivery,
    Delivery,
    DeliveryPostponed,
    DeliveryRejected,
    NotificationDelivery,
    SignInCode,
    Sms,
    content_context,
)
from notifier.domain.quiet_hours import held_until
from notifier.domain.recipients import language_for
from notifier.handlers.render_notification import Rendered, render_notification
from notifier.messages.access import address_email, address_sms
from notifier.messages.brand import brand_of
from notifier.messages.email import OutgoingEmail
from notifier.messages.passkey_added import passkey_email, passkey_sms
from notifier.messages.sign_in_code import code_email, code_sms
from notifier.messages.sign_in_guarded import guarded_email, guarded_sms
from notifier.messages.style import MessageStyle


async def render_message(ctx: Context, delivery: Delivery, business: Business) -> Rendered:
    """What to send now.

    Raises `DeliveryPostponed` or `DeliveryRejected`, and `Obsolete` when there is nothing to tell, or nobody.
    """
    if isinstance(delivery, CodeDelivery):
        return Rendered(_code(ctx, delivery, business))
    if delivery.content is not None:
        return Rendered(_address_change(ctx, delivery, delivery.content, business))
    return await render_notification(ctx, delivery, business)


def _code(ctx: Context, delivery: CodeDelivery, business: Business) -> OutgoingEmail | Sms:
    if (code := _opened(ctx, delivery)) is None:
        raise DeliveryRejected("undecipherable")
    origin = origin_of(business, ctx.settings.public_origin)
    brand = brand_of(business, origin)
    left = max(delivery.expires_at - ctx.clock(), timedelta())
    locale = language_for(business, delivery.locale)
    if until := code.guarded_until:
        style = MessageStyle.of(business, locale, origin)
        if delivery.channel == "sms":
            return Sms(code.to, guarded_sms(style, until), left)
        return OutgoingEmail(code.to, brand, locale, guarded_email(style, until))
    if at := code.passkey_added_at:
        style = MessageStyle.of(business, locale, origin)
        if delivery.channel == "sms":
            return Sms(code.to, passkey_sms(style, at), left)
        return OutgoingEmail(code.to, brand, locale, passkey_email(style, at))
    link = f"{origin}/n/{code.guard_token}" if code.guard_token else ""
    if delivery.channel == "sms":
        return Sms(code.to, code_sms(locale, brand, code.code, host_of(origin), link), left)
    at = MessageStyle.of(business, locale, origin).formatter.time(ctx.clock())
    return OutgoingEmail(code.to, brand, locale, code_email(locale, brand, code.code, left, at, link))


def _address_change(
    ctx: Context, delivery: NotificationDelivery, content: bytes, business: Business
) -> OutgoingEmail | Sms:
    """To the address that is in it, whatever is the contact's by now. A text waits for the day."""
    zone, now = ZoneInfo(business.time_zone), ctx.clock()
    if until := held_until("address_changed", delivery.channel, now, zone, delivery.expires_at):
        raise DeliveryPostponed("quiet_hours", until)
    try:
        context = content_context(delivery.business_id, delivery.message_id)
        plain = ctx.cipher.decrypt(content, context=context)
    except Undecipherable:
        raise DeliveryRejected("undecipherable") from None
    change = msgspec.json.decode(plain, type=AddressChange)
    locale = language_for(business, delivery.locale)
    style = MessageStyle.of(business, locale, origin_of(business, ctx.settings.public_origin))
    if delivery.channel == "sms":
        return Sms(change.to, address_sms(style, change), delivery.expires_at - now)
    return OutgoingEmail(change.to, style.brand, locale, address_email(style, change))


def _opened(ctx: Context, delivery: CodeDelivery) -> SignInCode | None:
    """Address and code. It does not raise: a traceback of this function would carry what it opened."""
    context = content_context(delivery.business_id, delivery.message_id)
    try:
        return msgspec.json.decode(ctx.cipher.decrypt(delivery.content, context=context), type=SignInCode)
    except Undecipherable:
        return None
