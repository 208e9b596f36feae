"""How pages are answered: caching, indexing, the redirects between them, and the page without a database."""

from typing import Final
from urllib.parse import quote

import structlog
from chassis.database import Overloaded
from chassis.identity import Viewer
from chassis.origins import is_found_at
from chassis.web import INDEXED, Unavailable, asked_host
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal_read import pages
from portal_read.context import Context
from portal_read.http.language import locale_of
from portal_read.http.viewer import PageViewer

log = structlog.get_logger(__name__)

PRIVATE = "private, no-cache"
NEVER_STORED = "no-store"
_IN_PATHS: Final = "/:@!$&'()*+,;=~"  # RFC 3986, 3.3: what a path holds as it is


def html(page: str, status: int = 200, *, cache: str = PRIVATE, indexed: bool = False) -> Response:
    """A page. Search engines are shown the sign-in page alone."""
    headers = {"Cache-Control": cache, "Vary": "Cookie, Accept-Language"}
    return HTMLResponse(page, status, {**headers, **(INDEXED if indexed else {})})


def redirect(url: str, status: int = 303) -> Response:
    """On to another page of ours."""
    return RedirectResponse(url, status, {"Cache-Control": NEVER_STORED})


def file(body: bytes, name: str, plain_name: str, media_type: str) -> Response:
    """A file that one reader saves, by its name, or by the plain one in an old browser."""
    disposition = f"attachment; filename=\"{plain_name}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {
        "Cache-Control": NEVER_STORED,
        "Content-Disposition": disposition,
    }
    return Response(body, headers=headers, media_type=media_type)


def asked_path(request: Request) -> str:
    """The path as it was asked for. The server has decoded it: an id may hold a percent sign of its own."""
    return quote(str(request.scope["path"]), safe=_IN_PATHS)


def unavailable(page: pages.PageContext) -> Response:
    """Nothing is lost, please try again: in the business's brand."""
    response = html(pages.service_unavailable(page), 503, cache=NEVER_STORED)
    response.headers["Retry-After"] = "5"
    return response


def failed(ctx: Context, request: Request) -> Response | None:
    """That something went wrong on our side, in the brand that was seen last; None where there was none."""
    page = _last_seen(ctx, request)
    return html(pages.failed(page), 500, cache=NEVER_STORED) if page else None


def _last_seen(ctx: Context, request: Request) -> pages.PageContext | None:
    """A page of the portal as it looked the last time, for a reader of whom nothing else is known."""
    business = ctx.slugs.last_seen(str(request.path_params.get("slug")))
    if business is None or not is_found_at(business, asked_host(request), ctx.settings.public_origin):
        return None
    locale = locale_of(PageViewer(business, Viewer("anonymous")), request)
    return pages.PageContext(business, locale, ctx.clock(), asked_path(request))


def database_away(ctx: Context, request: Request, error: Exception) -> Response:
    """The same for a request that the database did not answer, in the brand that was seen last.

    Raises `Unavailable` when not even the business is known by which to say it.
    """
    if not isinstance(error, Overloaded):  # those are counted: refusing has to be cheap
        log.warning("page.unavailable", error=repr(error))
    page = _last_seen(ctx, request)
    if page is None:
        raise Unavailable from error
    return unavailable(page)
