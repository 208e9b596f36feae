"""Coming back from the processor's page: asked at once, and only the payer is told."""

import asyncio
from dataclasses import replace

import pytest
from servicehub_events import CustomerRevised, Payment, as_event

from .billing_world import CUSTOMER, World, invoice
from .gates import Gate
from .portal_browser import SLUG, Browser, Flash, problem, where

pytestmark = pytest.mark.stack


async def begun(browser: Browser, *invoices: str) -> Payment:
    """A payment whose page this browser was sent to."""
    await browser.world.know(*(invoice(one) for one in invoices))
    return await browser.world.started(*invoices)


def result(payment: Payment) -> str:
    return f"/portal/{SLUG}/result/{payment.payment_id}"


async def test_who_paid_sees_the_result_and_the_browser_knows_it(browser: Browser) -> None:
    payment = await begun(browser, "in-1", "in-2")
    browser.world.processor.pay("cs_1")
    assert where(await browser.come_back(payment.payment_id)) == result(payment)
    assert browser.paying() == {payment.payment_id: ["in-1", "in-2"]}
    assert await browser.world.events() == ["PaymentStarted", "PaymentCaptured"]


async def test_coming_back_twice_changes_nothing(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.pay("cs_1")
    for _ in range(2):
        assert where(await browser.come_back(payment.payment_id)) == result(payment)
    assert await browser.world.events() == ["PaymentStarted", "PaymentCaptured"]


async def test_who_took_a_voucher_sees_that_it_is_on_its_way(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.begin_slowly("cs_1")
    assert where(await browser.come_back(payment.payment_id)) == result(payment)
    assert browser.paying() == {payment.payment_id: ["in-1"]}
    assert (await browser.world.state(payment.payment_id)).status == "processing"


@pytest.mark.parametrize("left", [True, False])
async def test_who_did_not_pay_is_led_back_and_told_that_nothing_was_charged(
    browser: Browser, left: bool
) -> None:
    payment = await begun(browser, "in-1", "in-2")
    answer = await browser.come_back(payment.payment_id, left=left)
    assert where(answer) == f"/portal/{SLUG}/pay?invoice=in-1&invoice=in-2"
    assert browser.flash() == Flash("pay_not_finished", {})
    assert browser.paying() == {}
    assert browser.world.processor.payable() == ["cs_1"]


async def test_who_paid_in_another_tab_and_left_this_one_sees_the_result(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.pay("cs_1")
    assert where(await browser.come_back(payment.payment_id, left=True)) == result(payment)


async def test_an_expired_page_shows_its_end_and_is_not_remembered_as_paid(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.run_out("cs_1")
    assert where(await browser.come_back(payment.payment_id)) == result(payment)
    assert browser.paying() == {}


async def test_while_the_processor_is_away_a_finished_page_counts_as_on_its_way(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.pay("cs_1")
    browser.world.processor.away = True
    assert where(await browser.come_back(payment.payment_id)) == result(payment)
    assert browser.paying() == {payment.payment_id: ["in-1"]}
    assert await browser.world.events() == ["PaymentStarted"]


async def test_while_the_processor_is_away_nobody_says_whether_a_page_that_was_left_was_paid(
    browser: Browser,
) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.away = True
    assert where(await browser.come_back(payment.payment_id, left=True)) == result(payment)
    assert browser.flash() is None
    assert browser.paying() == {}


@pytest.mark.parametrize("payment_id", ["pa-absent", "", "../../x", "é", "a" * 64])
async def test_a_payment_that_is_not_there_leads_home(browser: Browser, payment_id: str) -> None:
    assert where(await browser.come_back(payment_id)) == f"/portal/{SLUG}/"
    assert browser.paying() == {}


@pytest.mark.parametrize("payment_id", ["a\x00", "a" * 65])
async def test_what_is_no_id_is_refused(browser: Browser, payment_id: str) -> None:
    assert problem(await browser.come_back(payment_id)) == (422, "invalid_request")


async def test_anothers_payment_looks_like_none(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.pay("cs_1")
    await browser.world.apply(as_event(CustomerRevised, CUSTOMER, customer_id="cu-2"))
    browser.sign_in(browser.world.token(customer_id="cu-2"))
    theirs, absent = await browser.come_back(payment.payment_id), await browser.come_back("pa-absent")
    assert (theirs.status_code, theirs.headers) == (absent.status_code, absent.headers)
    assert await browser.world.events() == ["PaymentStarted"]


async def test_who_is_signed_out_meanwhile_is_told_nothing_before_they_sign_in(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.pay("cs_1")
    browser.sign_out()
    assert where(await browser.come_back(payment.payment_id)) == result(payment)
    assert browser.paying() == {}
    await browser.world.work(minutes=1)
    assert await browser.world.events() == ["PaymentStarted", "PaymentCaptured"]


@pytest.mark.parametrize(
    ("payment_id", "page"), [("pa-absent", "/result/pa-absent"), ("../x", "/result/..%2Fx"), ("", "/")]
)
async def test_who_is_signed_out_gets_the_same_word_whatever_they_ask_for(
    browser: Browser, payment_id: str, page: str
) -> None:
    browser.sign_out()
    assert where(await browser.come_back(payment_id)) == f"/portal/{SLUG}{page}"
    assert browser.flash() == Flash("pay_signed_out", {})


async def test_while_the_processor_is_silent_who_comes_back_does_not_wait(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.pay("cs_1")
    silence = browser.world.processor.hook = Gate("look")
    hurried = Browser(browser.world, at=replace(browser.world.web, answer_within_seconds=0.01))
    assert where(await hurried.come_back(payment.payment_id)) == result(payment)
    assert await browser.world.events() == ["PaymentStarted"]
    silence.open()
    await asyncio.gather(*browser.world.web.going_on)
    assert await browser.world.events() == ["PaymentStarted", "PaymentCaptured"]
    await hurried.http.aclose()


async def test_an_unknown_portal_is_not_there(browser: Browser) -> None:
    assert problem(await browser.come_back("pa-1", slug="nobodys")) == (404, "not_found")


async def test_the_browser_remembers_each_of_its_payments(browser: Browser) -> None:
    world = browser.world
    await world.know(*(invoice(f"in-{number}") for number in range(12)))
    paid: list[str] = []
    for number in range(12):
        payment = await world.started(f"in-{number}")
        world.processor.pay(world.processor.reference_of(payment.payment_id))
        await browser.come_back(payment.payment_id)
        paid.append(payment.payment_id)
    assert browser.paying() == {payment_id: [f"in-{number}"] for number, payment_id in enumerate(paid)}


async def test_two_tabs_that_come_back_at_once_keep_both_payments(browser: Browser) -> None:
    world = browser.world
    await world.know(invoice("in-1"), invoice("in-2"))
    payments = [await world.started(number) for number in ("in-1", "in-2")]
    for payment in payments:
        world.processor.pay(world.processor.reference_of(payment.payment_id))
    await asyncio.gather(*(browser.come_back(payment.payment_id) for payment in payments))
    assert browser.paying() == {payments[0].payment_id: ["in-1"], payments[1].payment_id: ["in-2"]}


async def test_what_somebody_wrote_into_the_cookie_is_no_payment(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.pay("cs_1")
    await browser.come_back(payment.payment_id)
    (name,) = [cookie for cookie in browser.http.cookies if cookie.startswith("__Host-p-")]
    genuine = browser.http.cookies[name]
    browser.http.cookies.clear()
    browser.sign_in(browser.world.token())
    browser.http.cookies.set(name, "A" + genuine)
    assert browser.paying() == {}


async def test_the_cookie_of_a_payment_is_for_this_host_and_no_script(browser: Browser) -> None:
    payment = await begun(browser, "in-1")
    browser.world.processor.pay("cs_1")
    answer = await browser.come_back(payment.payment_id)
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-p-")]
    for attribute in ("HttpOnly", "Secure", "Path=/", "SameSite=lax", "Max-Age=1800"):
        assert attribute in cookie


async def test_a_refused_contact_is_not_told_of_a_payment(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    await world.apply(as_event(CustomerRevised, CUSTOMER, portal_access=False))
    browser = Browser(world)
    assert where(await browser.come_back(payment.payment_id)) == f"/portal/{SLUG}/"
    await browser.http.aclose()
