"""Pages leave no cycles of objects behind: what looks for them stops every page that is being made."""

import asyncio
import gc

import pytest
from chassis.process import web_app
from portal_read.service import SERVICE
from portal_testing.browser import PLATFORM_HOST
from portal_world import ROOT, World
from starlette.types import ASGIApp, Message

pytestmark = pytest.mark.stack

PAGES = 50
BOUND = 20
"""Objects in all. One cycle of an exception and its frames has as many."""


async def ask(app: ASGIApp, path: str, headers: dict[str, str]) -> int:
    """Straight to the app: a client has cycles of its own. Gives the status."""
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": raw,
        "client": ("127.0.0.1", 1),
        "server": ("portal", 80),
    }
    await app(scope, receive, send)
    return statuses[0]


@pytest.mark.parametrize(
    ("path", "signed_in", "status"),
    [
        ("", True, 200),
        ("/appointments", True, 200),
        ("/invoices/in-1", True, 200),
        ("/invoices/in-none", True, 404),
        ("/sign-in", False, 200),
        ("/appointments", False, 303),
    ],
)
async def test_pages_leave_no_cycles_behind(full: World, path: str, signed_in: bool, status: int) -> None:
    headers = {"host": PLATFORM_HOST, "cookie": full.cookie() if signed_in else "__Host-lang=en"}
    assert await garbage_of(web_app(SERVICE, full.web), ROOT + path, headers, status) < BOUND


async def test_a_page_that_did_not_change_leaves_no_cycles_behind(full: World) -> None:
    tag = (await full.get(ROOT)).headers["etag"]
    headers = {"host": PLATFORM_HOST, "cookie": full.cookie(), "if-none-match": tag}
    assert await garbage_of(web_app(SERVICE, full.web), ROOT, headers, 304) < BOUND


async def garbage_of(app: ASGIApp, path: str, headers: dict[str, str], status: int) -> int:
    """How many objects of `PAGES` pages are in cycles."""
    assert await ask(app, path, headers) == status
    await asyncio.sleep(0)
    gc.collect()
    gc.disable()
    try:
        for _ in range(PAGES):
            assert await ask(app, path, headers) == status
        return gc.collect()
    finally:
        gc.enable()
