"""A business that took another slug: links and forms under the former one lead to its present pages."""

import pytest
from servicehub_events import BrandingRevised, as_event

from .billing_world import BUSINESS, CUSTOMER, World, invoice
from .portal_browser import Browser, Flash, problem, where

pytestmark = pytest.mark.stack

FORMER, PRESENT = BUSINESS.slug, "new-name"
MOVED = as_event(BrandingRevised, BUSINESS, slug=PRESENT, former_slugs=(FORMER,))


async def moved(world: World) -> None:
    """The business has taken another slug."""
    await world.apply(MOVED)


@pytest.mark.parametrize("slug", [FORMER, PRESENT])
async def test_a_payment_begins_under_either_slug_and_comes_back_to_the_present_one(
    browser: Browser, slug: str
) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    await moved(world)
    started = await browser.pay_json("in-1", slug=slug)
    assert started.status_code == 201
    world.processor.pay("cs_1")
    answer = await browser.come_back(started.json()["payment_id"], slug=slug)
    assert where(answer) == f"/portal/{PRESENT}/result/{started.json()['payment_id']}"
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]


async def test_who_comes_back_from_a_page_that_was_opened_under_the_former_slug_sees_the_result(
    browser: Browser,
) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    await moved(world)
    world.processor.pay("cs_1")
    answer = await browser.come_back(payment.payment_id, slug=FORMER)
    assert where(answer) == f"/portal/{PRESENT}/result/{payment.payment_id}"
    assert browser.paying() == {payment.payment_id: ["in-1"]}


async def test_who_left_the_page_is_led_back_to_the_present_pay_page(browser: Browser) -> None:
    await browser.world.know(invoice("in-1"))
    payment = await browser.world.started("in-1")
    await moved(browser.world)
    answer = await browser.come_back(payment.payment_id, left=True, slug=FORMER)
    assert where(answer) == f"/portal/{PRESENT}/pay?invoice=in-1"
    assert browser.flash() == Flash("pay_not_finished", {})


@pytest.mark.parametrize(
    ("invoice_id", "page"), [("in-void", "pay?invoice=in-void"), ("in-absent", "invoices")]
)
async def test_a_form_that_is_refused_under_the_former_slug_leads_to_the_present_page(
    browser: Browser, invoice_id: str, page: str
) -> None:
    await browser.world.know(invoice("in-void", status="void"))
    await moved(browser.world)
    assert where(await browser.pay(invoice_id)) == f"/portal/{PRESENT}/{page}"


async def test_who_is_signed_out_is_led_to_the_present_sign_in(browser: Browser) -> None:
    await moved(browser.world)
    browser.sign_out()
    assert where(await browser.pay("in-1")) == f"/portal/{PRESENT}/sign-in"


async def test_a_former_slug_that_another_business_took_is_the_others(browser: Browser) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    await moved(world)
    taken = as_event(BrandingRevised, BUSINESS, business_id="b-2", slug=FORMER)
    await world.apply(taken, as_event(type(CUSTOMER), CUSTOMER, business_id="b-2"))
    assert problem(await browser.pay_json("in-1", slug=FORMER)) == (401, "not_signed_in")
    assert (await browser.pay_json("in-1", slug=PRESENT)).status_code == 201


async def test_a_slug_that_was_given_up_for_good_leads_nowhere(browser: Browser) -> None:
    await browser.world.apply(as_event(BrandingRevised, BUSINESS, slug=PRESENT))
    assert problem(await browser.pay_json("in-1", slug=FORMER)) == (404, "not_found")
