"""Render a message when it is sent: a code from its encrypted content, a notification from what is true."""

from datetime import timedelta

import msgspec
from chassis.encryption import Undecipherable
from chassis.origins import host_of, origin_of
from servicehub_events import Business

from notifier.context import Context
from notifier.domain.delivery import (
    CodeDelivery,
    Delivery,
    DeliveryRejected,
    SignInCode,
    Sms,
    content_context,
)
from notifier.domain.recipients import language_for
from notifier.handlers.render_notification import render_notification
from notifier.messages.brand import brand_of
from notifier.messages.email import OutgoingEmail
from notifier.messages.passkey_added import passkey_email, passkey_sms
from notifier.messages.sign_in_code import code_email, code_sms
from notifier.messages.sign_in_guarded import guarded_email, guarded_sms
from notifier.messages.style import MessageStyle


async def render_message(ctx: Context, delivery: Delivery, business: Business) -> OutgoingEmail | Sms:
    """What to send now.

    Raises `DeliveryPostponed` or `DeliveryRejected`, and `Obsolete` when there is nothing to tell, or nobody.
    """
    if isinstance(delivery, CodeDelivery):
        return _code(ctx, delivery, business)
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


def _opened(ctx: Context, delivery: CodeDelivery) -> SignInCode | None:
    """Address and code. It does not raise: a traceback of this function would carry what it opened."""
    context = content_context(delivery.business_id, delivery.message_id)
    try:
        return msgspec.json.decode(ctx.cipher.decrypt(delivery.content, context=context), type=SignInCode)
    except Undecipherable:
        return None
