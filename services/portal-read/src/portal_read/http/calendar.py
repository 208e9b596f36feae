"""A visit as a calendar file, and the address of the feed: made on request, and ended by its owner."""

import secrets
from typing import Final

from servicehub_events import Appointment
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store, visitor
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.page_request import PageRequest, id_in, open_page, without_id
from portal_read.http.signed_in import turned_away
from portal_read.pages import CalendarVisit
from portal_read.store import decode

CALENDAR: Final = "text/calendar; charset=utf-8"
_FILE: Final = {
    "Cache-Control": answers.NEVER_STORED,
    "Content-Disposition": 'inline; filename="visit.ics"',
}


async def visit_file(ctx: Context, request: Request) -> Response:
    """One visit, for whoever may see its page."""
    params = {"id": id_in(request), "ends_after": ctx.clock()}
    page = await open_page(ctx, request, store.ONE_APPOINTMENT, params)
    if isinstance(page, Response):
        return page
    if (early := turned_away(ctx, page)) is not None:
        return early
    visits = visits_of(page, "appointment") if page.context.may_see("visits") else []
    if not visits:
        return answers.html(pages.not_found(without_id(page)), 404)
    file = pages.visit_file(page.context, visits[0])
    return Response(file, headers=_FILE, media_type=CALENDAR)


async def make_feed(ctx: Context, request: Request) -> Response:
    """A new address for the contact's feed; the one before stops at once."""
    token = secrets.token_urlsafe(32)
    return await _change_feed(ctx, request, token)


async def end_feed(ctx: Context, request: Request) -> Response:
    """No feed any more."""
    return await _change_feed(ctx, request, None)


def visits_of(page: PageRequest, part: str) -> list[CalendarVisit]:
    """The visits of a part, each with the version of its row."""
    rows = page.rows[part]
    return [CalendarVisit(decode(Appointment, row), row.version) for row in rows if row.state is not None]


async def _change_feed(ctx: Context, request: Request, token: str | None) -> Response:
    page = await open_page(ctx, request, store.SESSION_ONLY)
    if isinstance(page, Response):
        return page
    if (early := turned_away(ctx, page)) is not None:
        return early
    if not page.context.may_see("visits"):
        return answers.html(pages.not_found(without_id(page)), 404)
    business, viewer = page.context.business, page.viewer.viewer
    owner = visitor.ContactKey(business.business_id, viewer.customer_id, viewer.contact_id)
    async with ctx.database.tenant(business.business_id) as tx:
        if token is None:
            await visitor.end_feed(tx, owner)
        else:
            sealed = _sealed(ctx, owner, business.generation, token)
            await visitor.keep_feed(tx, owner, business.generation, token, sealed)
    response = answers.redirect(f"{page.context.root}/settings#feed")
    ctx.flash.put(response, {"code": "feed_made" if token else "feed_ended", "params": {}})
    return response


def _sealed(ctx: Context, owner: visitor.ContactKey, generation: int, token: str) -> bytes:
    cipher = ctx.read_model.cipher
    return cipher.seal(visitor.FEEDS, owner.business_id, owner.key, generation, token.encode())
