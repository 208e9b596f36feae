"""The internal routes, by which auth-otp hands sign-in codes over and portal-read what contacts choose of
messages, and those that Twilio posts to, through the gateway.
"""

from collections.abc import Iterable
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from chassis.web import (
    NO_STORE,
    Answer,
    NotFound,
    Refusals,
    Route,
    path_id,
    read_body,
    read_fields,
    service_token,
)
from servicehub_events import Channel, Role
from servicehub_events.catalogue.scalars import Id, Locale
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from notifier import errors
from notifier.context import Context
from notifier.domain.kinds import MessageGroup
from notifier.domain.preferences import ChangePreferences, Way, offered, ways_of
from notifier.domain.recipients import ContactPreferences
from notifier.handlers.accept_code import AcceptCode, accept_code
from notifier.handlers.change_preferences import change_preferences
from notifier.handlers.deliver import TEXT_REPORTS
from notifier.handlers.receive_reports import store_report
from notifier.handlers.unsubscribe import unsubscribe
from notifier.store.contacts import find_preferences

F = TypeVar("F", bound=msgspec.Struct)

SERVICE: Final = "notifier"
"""What tokens call this service."""
CODE_SENDER: Final = "auth-otp"
"""The one service that may hand codes over."""
PAGES: Final = "portal-read"
"""The one service that may hand over what contacts choose."""

TEXT_REPLIES: Final = "/notifications/webhooks/twilio/replies"
"""Where Twilio is told to post the texts that come in."""
_WEBHOOK_LIMIT: Final = 16_384


class GroupWay(msgspec.Struct, frozen=True):
    """A group of kinds, by a channel."""

    group: MessageGroup
    channel: Channel


class AskPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact chose: its roles, None for all, and the channels that it has an address for."""

    business_id: Id
    contact_id: Id
    roles: tuple[Role, ...] | None
    channels: tuple[Channel, ...]


class SetPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """A language, groups to switch off, and those to switch on for who saw `seen_version`."""

    business_id: Id
    customer_id: Id
    contact_id: Id
    seen_version: int | None = None
    locale: Locale | None = None
    off: tuple[GroupWay, ...] = ()
    on: tuple[GroupWay, ...] = ()


class Unsubscribe(msgspec.Struct, frozen=True, kw_only=True):
    """The token of a link that a mail of this business had."""

    business_id: Id
    token: str


async def accept(ctx: Context, request: Request) -> Response:
    """Take a code over: 202 once it is stored, and again for a repeat."""
    id_ = await accept_code(ctx, await _fields(ctx, request, AcceptCode, CODE_SENDER))
    return JSONResponse({"message_id": str(id_)}, 202, headers=NO_STORE)


async def preferences(ctx: Context, request: Request) -> Response:
    """What a contact is sent, by group and channel, and what of it can be chosen."""
    asked = await _fields(ctx, request, AskPreferences, PAGES)
    async with ctx.tenant(asked.business_id) as tx:
        chosen = await find_preferences(tx, asked.contact_id)
    groups = offered(asked.roles, asked.channels, chosen or ContactPreferences())
    messages = [group._asdict() for group in groups]
    version = chosen.version if chosen else 0
    return JSONResponse({"version": version, "messages": messages}, headers=NO_STORE)


async def set_preferences(ctx: Context, request: Request) -> Response:
    """Change what a contact chose: the version that stands, and whether something stays off."""
    asked = await _fields(ctx, request, SetPreferences, PAGES)
    command = ChangePreferences(
        business_id=asked.business_id,
        customer_id=asked.customer_id,
        contact_id=asked.contact_id,
        seen_version=asked.seen_version,
        locale=asked.locale,
        off=_ways(asked.off),
        on=_ways(asked.on),
    )
    version, stays_off = await change_preferences(ctx, command)
    return JSONResponse({"version": version, "stays_off": stays_off}, headers=NO_STORE)


async def end_mails(ctx: Context, request: Request) -> Response:
    """Switch a kind of mail off, by its link; which group it is of."""
    asked = await _fields(ctx, request, Unsubscribe, PAGES)
    group = await unsubscribe(ctx, asked.business_id, asked.token)
    return JSONResponse({"group": group}, headers=NO_STORE)


async def text_status(ctx: Context, request: Request) -> Response:
    """What Twilio reports of a text; answered after it is stored."""
    try:
        message_id = UUID(path_id(request, "message_id"))
    except ValueError:
        raise NotFound from None
    body, signature = await _posted(request)
    url = f"{ctx.settings.public_origin}{TEXT_REPORTS}/{message_id}"
    await store_report(ctx, ctx.text_webhooks.read_status(url, body, signature, message_id))
    return Response(status_code=204)


async def text_reply(ctx: Context, request: Request) -> Response:
    """A text that somebody sent, as Twilio tells of it; no answer of ours goes back to its sender."""
    body, signature = await _posted(request)
    url = f"{ctx.settings.public_origin}{TEXT_REPLIES}"
    await store_report(ctx, ctx.text_webhooks.read_reply(url, body, signature))
    return Response("<Response/>", media_type="text/xml")


async def _posted(request: Request) -> tuple[bytes, str]:
    body = await read_body(request, limit=_WEBHOOK_LIMIT)
    return body, request.headers.get("x-twilio-signature", "")


async def _fields(ctx: Context, request: Request, kind: type[F], caller: str) -> F:
    keys = ctx.settings.notifier_keys
    service_token.require_caller(request, keys, audience=SERVICE, callers=(caller,), now=ctx.clock())
    return await read_fields(request, kind)


def _ways(given: Iterable[GroupWay]) -> frozenset[Way]:
    return frozenset(way for each in given for way in ways_of(each.group, each.channel))


ROUTES: tuple[Route[Context], ...] = (
    Route("POST", "/internal/sign-in-codes", accept),
    Route("POST", "/internal/preferences", preferences),
    Route("POST", "/internal/preferences/changes", set_preferences),
    Route("POST", "/internal/unsubscriptions", end_mails),
    Route("POST", f"{TEXT_REPORTS}/{{message_id}}", text_status),
    Route("POST", TEXT_REPLIES, text_reply),
)
REFUSALS: Refusals = {
    errors.UnsignedReport: Answer(403, "The signature of this webhook is missing or wrong.", security=True),
    errors.SignInCodeExpired: Answer(410, "This code no longer works. Do not send it."),
    errors.UnknownContact: Answer(404, "The customer has no such contact here."),
    errors.UnknownLink: Answer(404, "This link ends no mails of this business."),
}
