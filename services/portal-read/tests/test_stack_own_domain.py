"""A portal at the domain of its business: there and nowhere else, and no other business's."""

import asyncio
from typing import Any, Literal

import pytest
from portal_testing.stack import eventually
from portal_world import ROOT, World
from servicehub_events import BrandingRevised, Business, PortalDisabled, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
DOMAIN = "portal.shiny.example"
_OTHER: dict[str, Any] = {
    "business_id": "b-other",
    "slug": "other",
    "former_slugs": (),
    "name": "Other Business",
}


def with_domain(
    domain: str = DOMAIN, status: Literal["pending", "verified", "failed"] = "verified", **changes: object
) -> Business:
    return as_event(BrandingRevised, samples.business(), **samples.own_domain(domain, status), **changes)


@pytest.fixture
async def moved(full: World) -> World:
    """The sample's portal at its own domain, beside one of another business."""
    await full.apply(with_domain())
    await full.apply(with_domain("other.example", **_OTHER))
    return full


async def get(world: World, path: str, host: str, *, signed_in: bool = False) -> tuple[int, str, str]:
    """Status, location and text."""
    headers = {"Cookie": world.cookie()} if signed_in else {}
    answer = await world.browser(host=host).get(path, headers=headers)
    return answer.status_code, answer.headers.get("location", ""), answer.text


async def test_every_page_is_shown_at_the_domain_of_the_business(moved: World) -> None:
    assert (await get(moved, f"{ROOT}/sign-in", DOMAIN))[0] == 200
    for page in ("", "/appointments", "/invoices", "/history", "/settings", "/appointments/ap-1"):
        assert (await get(moved, f"{ROOT}{page}", DOMAIN, signed_in=True))[0] == 200, page


async def test_the_bare_domain_leads_to_the_portal(moved: World) -> None:
    assert (await get(moved, "/", DOMAIN))[:2] == (302, f"{ROOT}/")
    assert (await get(moved, "/", "other.example"))[:2] == (302, "/portal/other/")
    for host in ("portal.test", "unknown.example", "sample-business", "sample", ""):
        assert (await get(moved, "/", host or "portal.test"))[0] == 404


async def test_the_platform_leads_each_page_to_the_domain(moved: World) -> None:
    for path in (f"{ROOT}/sign-in", f"{ROOT}/invoices?before=2026-01-01", f"{ROOT}/appointments/a%20b"):
        status, location, _ = await get(moved, path, "portal.test", signed_in=True)
        assert (status, location) == (302, f"https://{DOMAIN}{path}")


async def test_a_former_slug_still_leads_there_from_either_host(moved: World) -> None:
    for host in ("portal.test", DOMAIN):
        assert (await get(moved, "/portal/sample/sign-in", host))[:2] == (301, f"{ROOT}/sign-in")


async def test_one_business_s_domain_never_shows_another_s_portal(moved: World) -> None:
    for host, root in (
        ("other.example", ROOT),
        (DOMAIN, "/portal/other"),
        ("other.example", "/portal/sample"),
    ):
        for page in ("", "/sign-in", "/live", "/not-me/x"):
            status, location, text = await get(moved, f"{root}{page}", host, signed_in=True)
            assert (status, location) == (404, ""), (host, root, page)
            assert "Business" not in text


@pytest.mark.parametrize("status", ["pending", "failed"])
async def test_a_domain_that_is_not_verified_shows_nothing_and_the_platform_does(
    full: World, status: Literal["pending", "failed"]
) -> None:
    await full.apply(with_domain(status=status))
    assert (await get(full, f"{ROOT}/sign-in", DOMAIN))[0] == 404
    assert (await get(full, "/", DOMAIN))[0] == 404
    assert (await get(full, f"{ROOT}/sign-in", "portal.test"))[0] == 200


async def test_a_lost_domain_shows_nothing_from_then_on(moved: World) -> None:
    assert (await get(moved, "/", DOMAIN))[0] == 302
    await moved.apply(with_domain(status="failed"))
    assert (await get(moved, "/", DOMAIN))[0] == 404
    assert (await get(moved, ROOT, DOMAIN, signed_in=True))[0] == 404
    assert (await get(moved, ROOT, "portal.test", signed_in=True))[0] == 200


@pytest.mark.parametrize("host", ["evil.example", f"{DOMAIN}.evil.example", "127.0.0.1", f"{DOMAIN}."])
async def test_a_host_that_nobody_verified_shows_no_portal(moved: World, host: str) -> None:
    for root in (ROOT, "/portal/other"):
        status, location, text = await get(moved, f"{root}/sign-in", host)
        assert (status, location, "Business" in text) == (404, "", False)


async def test_the_session_of_one_host_is_none_of_another(moved: World) -> None:
    there, platform = moved.browser(host=DOMAIN), moved.browser()
    name, _, value = moved.cookie().partition("=")
    there.cookies.set(name, value, domain=DOMAIN)
    platform.cookies.set(name, value, domain=DOMAIN)
    assert (await there.get(ROOT)).status_code == 200
    assert (await platform.get(ROOT)).headers["location"] == f"https://{DOMAIN}{ROOT}"


async def test_a_portal_that_is_off_says_so_at_its_domain(moved: World) -> None:
    await moved.apply(as_event(PortalDisabled, with_domain(), enabled=False, generation=2))
    status, _, text = await get(moved, ROOT, DOMAIN)
    assert (status, "Sample Business" in text) == (403, True)


async def test_the_picture_of_a_shared_link_is_at_the_domain(full: World) -> None:
    await full.apply(with_domain(og_image_url="/branding/sample-business/share-1.png"))
    text = (await get(full, f"{ROOT}/sign-in", DOMAIN))[2]
    assert f'content="https://{DOMAIN}/branding/sample-business/share-1.png"' in text


async def test_an_open_page_of_the_platform_is_told_to_load_itself_anew_when_its_portal_moves(
    full: World,
) -> None:
    updates, session = full.web.live_updates, full.token().session_id
    listening = asyncio.create_task(updates.run())
    stream = asyncio.create_task(full.get(f"{ROOT}/live"))

    async def opened() -> bool:
        return updates.streams[session] == 1

    await eventually(opened, what="the stream", within=10)
    await full.apply(with_domain())
    told = await asyncio.wait_for(stream, 10)
    assert told.content.endswith(b"event: signed-out\ndata: -\n\n")
    status, location, _ = await get(full, f"{ROOT}/live", "portal.test", signed_in=True)
    assert (status, location) == (302, f"https://{DOMAIN}{ROOT}/live")
    listening.cancel()


async def test_without_a_database_no_brand_is_shown_at_a_foreign_host(moved: World) -> None:
    await get(moved, f"{ROOT}/sign-in", DOMAIN)
    await get(moved, "/portal/other/sign-in", "other.example")
    await moved.web.read_model.close()
    status, _, text = await get(moved, f"{ROOT}/sign-in", "other.example")
    assert (status, "Sample Business" in text) == (503, False)
