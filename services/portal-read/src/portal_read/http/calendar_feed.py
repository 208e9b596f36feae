"""`GET /portal/{slug}/calendar/{token}.ics`: a contact's visits, for calendars that subscribe.

It is fetched by machines without a session. Its address is its key, so whatever does not open it is answered
alike: unknown, ended, another business's, of a contact who may not see visits, of a portal that is off.
"""

import asyncio
from datetime import timedelta
from typing import Final

from chassis.identity import SessionToken
from chassis.origins import origin_of
from chassis.web import Unavailable, client_networks
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from portal_read import pages, store, visitor
from portal_read.context import Context
from portal_read.http import answers, own_domain
from portal_read.http.calendar import CALENDAR, visits_of
from portal_read.http.etag import etag, matches
from portal_read.http.just_paid import NOTHING
from portal_read.http.language import locale_of
from portal_read.http.left_out import show_soundly
from portal_read.http.page_request import PageRequest
from portal_read.http.viewer import PageViewer, page_viewer
from portal_read.pages import PageContext
from portal_read.read_model import UNAVAILABLE, RowsByPart

_KEPT: Final = timedelta(days=90)
"""For how long a feed still has what is over."""
_RETRY_SECONDS: Final = 60
_CLOSED: Final = {"Cache-Control": answers.NEVER_STORED}


async def calendar_feed(ctx: Context, request: Request) -> Response:
    """All visits of the contact whose feed has this token. Raises `Unavailable` without a database."""
    token = str(request.path_params["token"])
    if (seconds := _wait(ctx, request, token)) > 0:
        return PlainTextResponse("", 429, {**_CLOSED, "Retry-After": str(seconds)})
    try:
        page = await _open_feed(ctx, request, token)
    except UNAVAILABLE as error:
        raise Unavailable(seconds=_RETRY_SECONDS) from error
    if page is None:
        return PlainTextResponse("", 404, _CLOSED)
    tag = etag(page, ctx.build, await ctx.read_model.schema())
    headers = {"ETag": tag, "Cache-Control": answers.PRIVATE}
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    # 300 visits take 0.1 s to put into words: in a thread, so that pages are answered meanwhile.
    feed = await asyncio.to_thread(show_soundly, page, show_feed)
    return Response(feed, headers=headers, media_type=CALENDAR)


def show_feed(page: PageRequest) -> str:
    """The calendar of what was read."""
    return pages.visit_feed(page.context, [*visits_of(page, "upcoming"), *visits_of(page, "past")]).decode()


def _wait(ctx: Context, request: Request, token: str) -> int:
    """Seconds to wait, by address of the feed and by network; what opens nothing is counted too."""
    network = client_networks(request, ctx.settings.trusted_proxy_hops)[0]
    return ctx.feed_requests.count(visitor.hash_of(token)) or ctx.feed_networks.count(network.encode())


async def _open_feed(ctx: Context, request: Request, token: str) -> PageRequest | None:
    owner = await ctx.slugs.find(str(request.path_params["slug"]))
    if owner is None:
        return None
    since = ctx.clock() - _KEPT
    params = {"business": owner.business_id, "token_hash": visitor.hash_of(token), "since": since}
    rows = await ctx.read_model.page(owner.business_id, store.CALENDAR_FEED, params)
    viewer = feed_viewer(owner.business_id, rows)
    if viewer is None or not own_domain.is_found(ctx, request, viewer.business):
        return None
    context = PageContext(
        business=viewer.business,
        locale=locale_of(viewer, request),
        now=ctx.clock(),
        path="",
        customer=viewer.customer,
        contact=viewer.contact,
        origin=origin_of(viewer.business, ctx.settings.public_origin),
    )
    return PageRequest(request, viewer, rows, None, context, params, NOTHING)


def feed_viewer(business_id: str, rows: RowsByPart) -> PageViewer | None:
    """Whose feed it is, judged as a session that began with it would be; None when it opens nothing."""
    feed, customer = (next(iter(rows[part]), None) for part in ("feed", "customer"))
    if feed is None or customer is None:
        return None
    token = SessionToken(
        session_id="",
        business_id=business_id,
        generation=feed.version,
        customer_id=customer.id,
        contact_id=feed.id,
        issued_at=0,
        expires_at=0,
    )
    viewer = page_viewer(token, rows)
    return viewer if viewer and viewer.viewer.may("visits") else None
