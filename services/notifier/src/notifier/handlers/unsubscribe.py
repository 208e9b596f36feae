"""Switch a kind of mail off by the link in one of them: whoever has it, without a session."""

import base64
import binascii
from typing import Final

import msgspec
from chassis.encryption import Undecipherable

from notifier.context import Context
from notifier.domain.delivery import NotificationDelivery
from notifier.domain.kinds import RULES, MessageGroup, MessageKind
from notifier.domain.preferences import ChangePreferences, Way
from notifier.errors import UnknownContact, UnknownLink
from notifier.handlers.change_preferences import change_preferences
from notifier.messages.style import MessageStyle

LONGEST_TOKEN: Final = 400


class UnsubscribeLink(msgspec.Struct, frozen=True, array_like=True):
    """Whom a link is for, and the kind that it ends by mail."""

    customer_id: str
    contact_id: str
    kind: MessageKind


def link_token(ctx: Context, business_id: str, link: UnsubscribeLink) -> str:
    """The token of a link. Nobody can read it, make one, or use it at another business."""
    sealed = ctx.links.encrypt(msgspec.json.encode(link), context=_context(business_id))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def stop_url(ctx: Context, delivery: NotificationDelivery, kind: MessageKind, style: MessageStyle) -> str:
    """The page that ends this kind of mail for its reader, where it can be switched off; else empty."""
    if not RULES[kind].declinable:
        return ""
    link = UnsubscribeLink(delivery.customer_id, delivery.contact_id, kind)
    return style.link("unsubscribe", link_token(ctx, delivery.business_id, link))


async def unsubscribe(ctx: Context, business_id: str, token: str) -> MessageGroup:
    """Switch the kind off, again as often as it is asked; what it belongs to.

    Raises `UnknownLink`, the same whatever is wrong with it.
    """
    link = _read(ctx, business_id, token)
    if link is None or not RULES[link.kind].declinable:
        raise UnknownLink
    command = ChangePreferences(
        business_id=business_id,
        customer_id=link.customer_id,
        contact_id=link.contact_id,
        off=frozenset({Way(link.kind, "email")}),
    )
    try:
        await change_preferences(ctx, command)
    except UnknownContact:
        raise UnknownLink from None
    return RULES[link.kind].group


def _read(ctx: Context, business_id: str, token: str) -> UnsubscribeLink | None:
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        padded = token + "=" * (-len(token) % 4)
        sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
        plain = ctx.links.decrypt(sealed, context=_context(business_id)) if sealed else b""
        return msgspec.json.decode(plain, type=UnsubscribeLink)
    except (binascii.Error, ValueError, Undecipherable, msgspec.DecodeError):
        return None


def _context(business_id: str) -> str:
    return f"unsubscribe/{business_id}"
