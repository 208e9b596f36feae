"""How pages are answered: caching, indexing and the redirects between them."""

from collections.abc import Awaitable, Callable
from functools import wraps

import structlog
from chassis.problems import Unavailable
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

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


def answered(endpoint: Endpoint) -> Endpoint:
    """Gives early answers their way out. Raises `Unavailable` when the database does not answer."""

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Answered as early:
            return early.response
        except UNAVAILABLE as error:
            log.warning("page.unavailable", error=repr(error))
            raise Unavailable from error

    return answer


__all__ = ["NEVER_STORED", "PRIVATE", "Answered", "Endpoint", "Response", "answered", "html", "redirect"]
