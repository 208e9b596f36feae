"""The sitemap: the sign-in page of each portal that is on, where it is, and nothing else of anybody."""

from typing import Any, Literal
from xml.etree import ElementTree

import pytest
from portal_world import World
from servicehub_events import BrandingRevised, PortalDisabled, PortalEnabled, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
DOMAIN = "portal.shiny.example"
PLATFORM = "https://portal.test"
OTHER: dict[str, Any] = {
    "business_id": "b-other",
    "slug": "other",
    "former_slugs": ("another",),
    "name": "Other",
}


async def listed(world: World, host: str = "portal.test") -> list[str]:
    answer = await world.browser(host=host).get("/sitemap.xml")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)
    return [loc.text or "" for loc in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


async def test_it_lists_the_portals_that_are_on_by_their_present_slugs(full: World) -> None:
    await full.apply(as_event(PortalEnabled, samples.business(), **OTHER))
    both = [f"{PLATFORM}/portal/{slug}/sign-in" for slug in ("other", "sample-business")]
    assert await listed(full) == both
    await full.apply(as_event(PortalDisabled, samples.business(), **OTHER, enabled=False))
    assert await listed(full) == both[1:]
    await full.apply(as_event(PortalEnabled, samples.business(), **OTHER, generation=2))
    assert await listed(full) == both


async def test_a_portal_at_its_own_domain_is_listed_there_and_nowhere_else(full: World) -> None:
    await full.apply(as_event(PortalEnabled, samples.business(), **OTHER))
    await full.apply(as_event(BrandingRevised, samples.business(), **samples.own_domain(DOMAIN, "verified")))
    assert await listed(full) == [f"{PLATFORM}/portal/other/sign-in"]
    assert await listed(full, DOMAIN) == [f"https://{DOMAIN}/portal/sample-business/sign-in"]


@pytest.mark.parametrize("status", ["pending", "failed"])
async def test_a_domain_that_is_not_shown_to_be_ones_own_lists_nothing(
    full: World, status: Literal["pending", "failed"]
) -> None:
    await full.apply(as_event(BrandingRevised, samples.business(), **samples.own_domain(DOMAIN, status)))
    assert await listed(full) == [f"{PLATFORM}/portal/sample-business/sign-in"]
    for host in (DOMAIN, "unknown.example", "localhost", "sample-business"):
        assert (await full.browser(host=host).get("/sitemap.xml")).status_code == 404


async def test_robots_are_told_where_it_is(full: World) -> None:
    for host, origin in (("portal.test", PLATFORM), (DOMAIN, f"https://{DOMAIN}")):
        text = (await full.browser(host=host).get("/robots.txt")).text
        assert f"Sitemap: {origin}/sitemap.xml\n" in text
        assert text.splitlines()[-2] == "Disallow: /"
    assert "Sitemap" not in (await full.browser(host='x"y').get("/robots.txt")).text


async def test_without_a_database_it_is_asked_for_again_later(full: World) -> None:
    await full.web.read_model.close()
    assert (await full.get("/sitemap.xml", "")).status_code == 503
