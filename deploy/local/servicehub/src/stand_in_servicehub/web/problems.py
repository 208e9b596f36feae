"""How errors are told: text to a person, problem details (RFC 9457) to a program. And who may ask."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from stand_in_servicehub.errors import SimulatorError

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
RETRY_AFTER_SECONDS = 2


def problem(error: SimulatorError) -> Response:
    """`application/problem+json` with a stable `code`."""
    body = {
        "type": "about:blank",
        "title": type(error).__name__,
        "status": error.status,
        "code": error.code,
        "detail": str(error),
    }
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if error.status == 503 else {}
    return Response(
        msgspec.json.encode(body), error.status, headers=headers, media_type="application/problem+json"
    )


async def tell(request: Request, error: Exception) -> Response:
    """Starlette's handler of SimulatorError."""
    if not isinstance(error, SimulatorError):
        raise error
    if request.url.path.startswith("/api/"):
        return problem(error)
    return PlainTextResponse(f"{error}\n", error.status)


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
