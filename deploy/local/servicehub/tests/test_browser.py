"""The pages in a real browser: by day and by night, on the smallest phone, judged by axe."""

import asyncio
from datetime import UTC, datetime
from typing import Literal

import httpx
import pytest
from portal_testing.chromium import chromium, violations
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo, load_start_page
from stand_in_servicehub.server import prepare
from stand_in_servicehub.settings import Links
from stand_in_servicehub.store import Store
from stand_in_servicehub.web.app import create_app

from .fakes import FakeAccounts, FakePortals, FakePublisher

WIDTH = 320
LOOKS: tuple[tuple[str, Literal["light", "dark"]], ...] = (
    ("/start-page", "light"),
    ("/start-page", "dark"),
    ("/", "light"),
    ("/businesses/biz-hikari", "dark"),
)


async def nothing() -> None:
    pass


async def rendered(demos: dict[str, Demo]) -> dict[str, str]:
    """Each page by its path, as it is right after the start."""
    profiles = {name: demo.profile for name, demo in demos.items()}
    now = datetime(2026, 11, 20, 15, 42, tzinfo=UTC)
    core = Core(Store(), FakePublisher(), FakePortals(), FakeAccounts(), profiles, clock=lambda: now)
    await prepare(core, demos.values(), nothing)
    transport = httpx.ASGITransport(create_app(core, Links(), demos, load_start_page(demos)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8090") as client:
        pages = {path: (await client.get(path)).text for path, _ in LOOKS}
    core.store.close()
    return pages


@pytest.mark.e2e
def test_every_page_is_fit_for_everybody(demos: dict[str, Demo]) -> None:
    problems: list[object] = []
    pages = asyncio.run(rendered(demos))
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": 640})
        for path, scheme in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.set_content(pages[path])
            problems += violations(page)
            if (width := page.evaluate("document.documentElement.scrollWidth")) > WIDTH:
                problems.append(f"{path} is {width} pixels wide")
    assert problems == []
