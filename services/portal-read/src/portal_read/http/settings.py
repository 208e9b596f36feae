"""`GET /portal/{slug}/settings`: who is signed in, messages, the language, devices, passkeys and cards."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from chassis.identity import SessionToken
from servicehub_events import Session
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http.page_request import PageRequest
from portal_read.http.signed_in import open_signed_in, show_signed_in
from portal_read.pages.settings_page import UNKNOWN_DEVICE
from portal_read.ports import AutopayStanding, KeptPasskey, ListedCard, MessageChoices

_OFF = AutopayStanding(on=False)


async def settings(ctx: Context, request: Request) -> Response:
    """The devices come from the rows, without those that auth-otp says have ended since."""
    page = await open_signed_in(ctx, request, store.SETTINGS)
    if isinstance(page, Response):
        return page
    passkeys, cards, choices, autopay = await _kept_elsewhere(ctx, page)

    def show(page: PageRequest) -> str:
        sessions = store.decode_all(Session, page.rows["device"])
        live = [session for session in sessions if session.session_id not in ctx.ended_sessions]
        return show_settings(page, live, passkeys, cards, choices, autopay)

    return await show_signed_in(ctx, page, show, pays=True, tagged=False)


async def _kept_elsewhere(
    ctx: Context, page: PageRequest
) -> tuple[
    Sequence[KeptPasskey] | None, Sequence[ListedCard] | None, MessageChoices | None, AutopayStanding | None
]:
    """The passkeys, cards, choices and autopay of who is signed in; None where nobody answers."""
    assert page.context.contact  # noqa: S101  # who is signed in is one
    business_id, viewer = page.context.business.business_id, page.viewer.viewer
    contact = (business_id, viewer.customer_id, viewer.contact_id)
    return await asyncio.gather(
        ctx.passkeys.list_passkeys(*contact),
        ctx.cards.list_cards(*contact),
        ctx.messages.list_choices(business_id, page.context.contact),
        ctx.cards.find_autopay(business_id, viewer.customer_id),
    )


def show_settings(
    page: PageRequest,
    sessions: list[Session],
    passkeys: Sequence[KeptPasskey] | None,
    cards: Sequence[ListedCard] | None = (),
    choices: MessageChoices | None = None,
    autopay: AutopayStanding | None = _OFF,
) -> str:
    """The page; a session that began a moment ago may have no row yet, but its token is in hand."""
    token = page.token
    own = token.session_id if token else ""
    if token and all(session.session_id != own for session in sessions):
        sessions = [_session_of(token), *sessions]
    return pages.settings(page.context, sessions, own, passkeys, cards, _feed_of(page), choices, autopay)


def _feed_of(page: PageRequest) -> pages.FeedLinks | None:
    """The address of the contact's feed; none of one that ended with a portal that was switched off."""
    row = next(iter(page.rows["feed"]), None)
    if row is None or not row.state or row.version < page.context.business.generation:
        return None
    return pages.feed_links(page.context, row.state.decode())


def _session_of(token: SessionToken) -> Session:
    issued, expires = (datetime.fromtimestamp(at, UTC) for at in (token.issued_at, token.expires_at))
    return Session(
        business_id=token.business_id,
        session_id=token.session_id,
        contact_id=token.contact_id,
        customer_id=token.customer_id,
        device=UNKNOWN_DEVICE,
        remembered=(expires - issued).days > 1,
        issued_at=issued,
        expires_at=expires,
    )
