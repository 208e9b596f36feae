"""A person who opens a page gets a page, whatever goes wrong behind it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from chassis.refusals import NotFound, Unavailable
from portal_read.context import Context
from portal_read.http.page_route import page_route
from portal_read.http.routes import ROUTES
from portal_read.slug_directory import SlugDirectory
from servicehub_events import Business
from servicehub_events_tools.testing import samples
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import capture_logs

SLUG = samples.business().slug


@dataclass
class SeenSlugs:
    """Portals as they looked the last time."""

    seen: dict[str, Business] = field(default_factory=dict[str, Business])

    def last_seen(self, slug: str) -> Business | None:
        return self.seen.get(slug)


def context(*seen: Business) -> Context:
    slugs = cast("SlugDirectory", SeenSlugs({business.slug: business for business in seen}))
    clock = lambda: datetime(2026, 11, 24, tzinfo=UTC)  # noqa: E731 - a clock
    settings = SimpleNamespace(public_origin="https://portal.test")
    return cast("Context", SimpleNamespace(slugs=slugs, clock=clock, settings=settings))


def request(language: str = "en") -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": f"/portal/{SLUG}",
            "path_params": {"slug": SLUG},
            "query_string": b"",
            "headers": [(b"host", b"portal.test"), (b"accept-language", language.encode())],
        }
    )


async def broken(_: Context, __: Request) -> Response:
    raise OverflowError("date value out of range")


async def missing(_: Context, __: Request) -> Response:
    raise NotFound


async def away(_: Context, __: Request) -> Response:
    raise Unavailable


@pytest.mark.parametrize(
    ("language", "words"), [("en", "We can’t show this page"), ("ja", "ページを表示できません")]
)
async def test_an_error_that_nobody_expected_is_a_page_in_the_brand_and_language(
    language: str, words: str
) -> None:
    with capture_logs() as logged:
        answer = await page_route("/x", broken).handler(context(samples.business()), request(language))
    body = bytes(answer.body).decode()
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert words in body
    assert samples.business().name in body
    assert "out of range" not in body
    assert [line["event"] for line in logged] == ["page.failed"]


async def test_without_a_brand_the_app_answers() -> None:
    with pytest.raises(OverflowError):
        await page_route("/x", broken).handler(context(), request())


@pytest.mark.parametrize("handler", [missing, away])
async def test_a_refusal_stays_the_apps_to_answer(handler: object) -> None:
    route = page_route("/x", missing if handler is missing else away)
    with pytest.raises((NotFound, Unavailable)):
        await route.handler(context(samples.business()), request())


def test_every_route_that_a_person_opens_is_a_page() -> None:
    files = {"/robots.txt", "/.well-known/security.txt", "/sitemap.xml", "/portal/assets/{file}"}
    files |= {"/portal/{slug}/calendar/{token}.ics"}
    files |= {"/portal/{slug}/live", "/portal/{slug}/manifest.webmanifest", "/portal/{slug}/sw.js"}
    opened = {route.path for route in ROUTES if route.method == "GET"} - files
    pages = [route for route in ROUTES if route.handler.__qualname__ in _PAGES]
    assert opened == {route.path for route in pages if route.method == "GET"}


_PAGES = {route.handler.__qualname__ for route in ROUTES if hasattr(route.handler, "__wrapped__")}
