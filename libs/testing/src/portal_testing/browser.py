"""A browser at an app, without a network between them."""

import itertools
from typing import Final

import httpx
from starlette.types import ASGIApp

PLATFORM_HOST: Final = "portal.test"
_numbers = itertools.count(1)


def browser_at(app: ASGIApp, source: str = "", host: str = PLATFORM_HOST) -> httpx.AsyncClient:
    """A browser of its own, at this address or one of its own, that asks for `host`.

    It keeps cookies as browsers do.
    """
    number = next(_numbers)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url=f"https://{host}",
        headers={"X-Forwarded-For": source or f"198.51.{number // 250}.{number % 250 + 1}"},
    )
