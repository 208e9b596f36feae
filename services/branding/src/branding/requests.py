"""What a request must be before a route looks at it: the right key, the right kind, not too long."""

import hmac
from collections.abc import Awaitable, Callable

from chassis.settings.base import Secret
from starlette.requests import Request

from branding.errors import Unauthorised, UnsupportedMediaType


def requires_key(key: Secret) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets only the holder of the key pass; the comparison takes constant time."""
    expected = key.reveal().encode()

    async def check(request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode(), expected)
        if scheme.lower() != "bearer" or not same:
            raise Unauthorised

    return check


def require_json(request: Request) -> None:
    """Raises `UnsupportedMediaType` for anything but JSON."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("Send the branding as application/json.")
