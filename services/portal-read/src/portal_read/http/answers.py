"""How pages are answered: caching, indexing and the redirects between them."""

from collections.abc import Awaitable, Callable
from functools import wraps

import structlog
from chassis.web import Unavailable
from servicehub_events import Business
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal_read import pages
from portal_read.context import Portal
from portal_read.http.language import locale_of
from portal_read.http.viewer import Visitor
from portal_read.read_model import UNAVAILABLE

log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]

PRIVATE = "private, no-cache"
NEVER_STORED = "no-store"


class Answered(Exception):
    """The request has its answer already, before the page it asked for."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__()


def html(page: str, status: int = 200, *, cache: str = PRIVATE, indexed: bool = False) -> Response:
    """A page. Search engines are shown the sign-in page alone."""
    headers = {"Cache-Control": cache, "Vary": "Cookie, Accept-Language"}
    if not indexed:
        headers["X-Robots-Tag"] = "noindex"
    return HTMLResponse(page, status, headers)


def redirect(url: str, status: int = 303) -> Response:
    """On to another page of ours."""
    return RedirectResponse(url, status, {"Cache-Control": NEVER_STORED, "X-Robots-Tag": "noindex"})


def answered(portal: Portal) -> Callable[[Endpoint], Endpoint]:
    """Gives early answers their way out, and says so when the database does not answer.

    Raises `Unavailable` when not even the business is known by which to say it.
    """

    def around(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except Answered as early:
                return early.response
            except UNAVAILABLE as error:
                log.warning("page.unavailable", error=repr(error))
                business = portal.directory.last_seen(str(request.path_params.get("slug")))
                if business is None:
                    raise Unavailable from error
                return unavailable(_context(portal, business, request))

        return answer

    return around


def unavailable(ctx: pages.PageContext) -> Response:
    """Nothing is lost, please try again: in the business's brand."""
    response = html(pages.service_unavailable(ctx), 503, cache=NEVER_STORED)
    response.headers["Retry-After"] = "5"
    return response


def _context(portal: Portal, business: Business, request: Request) -> pages.PageContext:
    locale = locale_of(Visitor(business, "anonymous"), request)
    return pages.PageContext(business, locale, portal.clock(), request.url.path)
