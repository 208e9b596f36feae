"""What a browser keeps for when there is no network: `/sw.js`, `/offline`, `/offline/visit`.

The worker asks for these; it keeps what is answered with 200, and drops what no longer is.
"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import structlog
from chassis.identity import SessionToken
from chassis.web import NotFound
from servicehub_events import Appointment, Session
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.appointments import appointment_params, upcoming
from portal_read.http.page_request import PageRequest, open_page, without_id
from portal_read.slug_directory import is_slug

log = structlog.get_logger(__name__)
_SCRIPT = "text/javascript; charset=utf-8"


async def worker(ctx: Context, request: Request) -> Response:
    """The service worker of one portal, or the one that removes it.

    It may act for the page of the portal itself, which lies above its own directory (Service Workers, 6.5).
    Raises `NotFound` for what can be no portal.
    """
    slug = str(request.path_params["slug"])
    if not is_slug(slug):
        raise NotFound
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": f"/portal/{slug}"}
    return Response(pages.worker_script(on=ctx.settings.offline_page), headers=headers, media_type=_SCRIPT)


async def offline(ctx: Context, request: Request) -> Response:
    """The page without anybody's visit, in the language of who asks. Not found where it is switched off."""
    page = await open_page(ctx, request, store.SESSION_ONLY)
    if isinstance(page, Response):
        return page
    if not ctx.settings.offline_page:
        return answers.html(pages.not_found(without_id(page)), 404)
    return answers.html(pages.offline(page.context), cache=answers.NEVER_STORED)


async def offline_visit(ctx: Context, request: Request) -> Response:
    """The page with the next visit, until when it may be shown in `Expires`; else on to that without one."""
    page = await open_page(ctx, request, store.KEPT_OFFLINE, appointment_params(ctx))
    if isinstance(page, Response):
        return page
    visit = _visit_to_keep(page) if ctx.settings.offline_page else None
    if visit is None or page.token is None:
        return answers.redirect(f"{page.context.root}/offline")
    response = answers.html(pages.offline_visit(page.context, visit), cache=answers.NEVER_STORED)
    until = shown_until(page.token, visit, page.context.now)
    response.headers["Expires"] = format_datetime(until, usegmt=True)
    return response


def shown_until(token: SessionToken, visit: Appointment, now: datetime) -> datetime:
    """Until the session would be over, were it not used again, or the visit is."""
    idle = now + timedelta(seconds=token.idle_seconds)
    return min(datetime.fromtimestamp(token.expires_at, UTC), idle, visit.window.end).astimezone(UTC)


def _visit_to_keep(page: PageRequest) -> Appointment | None:
    """The next visit of who is signed in on a device of their own; one that can't be read is kept nowhere."""
    session = store.decode_first(Session, page.rows["session"])
    own_device = session is not None and session.remembered
    if page.viewer.state != "signed_in" or not own_device or not page.context.may_see("visits"):
        return None
    try:
        return pages.next_to_keep(upcoming(page), page.context.now)
    except msgspec.DecodeError as error:
        log.error("row.left_out", table="appointments", exc_info=error)
        return None
