"""The application: pages and API, how errors are told, and who may ask."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo, StartPage
from stand_in_servicehub.errors import SimulatorError
from stand_in_servicehub.settings import Links
from stand_in_servicehub.web.api import api_routes
from stand_in_servicehub.web.pages import page_routes
from stand_in_servicehub.web.start_page import start_page_routes

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
RETRY_AFTER_SECONDS = 2


def create_app(core: Core, links: Links, demos: Mapping[str, Demo], start_page: StartPage) -> Starlette:
    """Put the parts together."""
    return Starlette(
        routes=[
            *api_routes(core, links.origin, start_page),
            *page_routes(core, links.origin),
            *start_page_routes(core, links, demos, start_page),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=only_local)],
        exception_handlers={SimulatorError: explain},
    )


async def explain(request: Request, error: Exception) -> Response:
    """Text to a person, problem details (RFC 9457) with a stable `code` to a program."""
    if not isinstance(error, SimulatorError):
        raise error
    if not request.url.path.startswith("/api/"):
        return PlainTextResponse(f"{error}\n", error.status)
    said = {"title": type(error).__name__, "status": error.status, "code": error.code, "detail": str(error)}
    return Response(
        msgspec.json.encode({"type": "about:blank", **said}),
        error.status,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)} if error.status == 503 else {},
        media_type="application/problem+json",
    )


async def only_local(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Nobody signs in here, so no foreign page in the same browser may post, or read by a name of its own."""
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if request.url.hostname not in LOCAL_NAMES or (request.method == "POST" and foreign):
        return PlainTextResponse("Open the simulator as http://localhost, on this machine.\n", 403)
    answer = await call_next(request)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
