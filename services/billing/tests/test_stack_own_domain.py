"""Paying at the domain of the business: it begins there and comes back there, and never at another one's."""

import pytest
from servicehub_events import BrandingRevised, as_event
from servicehub_events_tools.testing import samples

from .billing_world import BUSINESS, World, invoice
from .portal_browser import SLUG, Browser, problem, where

pytestmark = pytest.mark.stack
DOMAIN = "portal.shiny.example"


@pytest.fixture
async def at_home(world: World) -> Browser:
    """The payer, at the domain of the business."""
    business = as_event(BrandingRevised, BUSINESS, **samples.own_domain(DOMAIN))
    await world.know(invoice("in-1"), business=business)
    browser = Browser(world, signed_in=False)
    browser.http = world.browser(host=DOMAIN)
    browser.sign_in(world.token())
    return browser


async def test_who_pays_comes_back_to_the_domain_and_sees_the_result_there(at_home: Browser) -> None:
    started = await at_home.pay_json("in-1")
    assert started.status_code == 201
    (page,) = at_home.world.processor.built
    for url in (page.paid_url, page.left_url):
        assert url.startswith(f"https://{DOMAIN}/billing/{SLUG}/return?")
    at_home.world.processor.pay("cs_1")
    answer = await at_home.come_back(started.json()["payment_id"])
    assert where(answer) == f"/portal/{SLUG}/result/{started.json()['payment_id']}"


@pytest.mark.parametrize("host", ["other.example", "portal.shiny.example.evil.example", "shiny.example"])
async def test_at_another_host_there_is_no_such_business(at_home: Browser, host: str) -> None:
    stranger = Browser(at_home.world, signed_in=False)
    stranger.http = at_home.world.browser(host=host)
    stranger.sign_in(at_home.world.token())
    assert problem(await stranger.pay_json("in-1")) == (404, "not_found")
    assert problem(await stranger.come_back("pa-1")) == (404, "not_found")
    assert await at_home.world.events() == []


async def test_a_pay_form_of_the_platform_s_pages_is_still_taken_there(at_home: Browser) -> None:
    assert (await Browser(at_home.world).pay_json("in-1")).status_code == 201
