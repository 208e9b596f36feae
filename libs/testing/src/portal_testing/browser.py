"""A browser at an app, without a network between them."""

import itertools

import httpx
from starlette.types import ASGIApp

_numbers = itertools.count(1)


def browser_at(app: ASGIApp, source: str = "") -> httpx.AsyncClient:
    """A browser of its own, at this address or one of its own. It keeps cookies as browsers do."""
    number = next(_numbers)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="https://portal.test",
        headers={"X-Forwarded-For": source or f"198.51.{number // 250}.{number % 250 + 1}"},
    )
