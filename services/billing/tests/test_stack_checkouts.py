"""Paying over HTTP: on to the processor's page, or told why not, as a form and as JSON."""

from typing import Any

import pytest
from chassis.web import service_token
from httpx import Response
from servicehub_events import PartialPayment

from .billing_world import BUSINESS, World, invoice
from .portal_browser import SLUG, Browser, Flash, problem, where

pytestmark = pytest.mark.stack

PART = PartialPayment(allowed=True, minimum=1000)


async def with_invoices(world: World) -> None:
    """One of each kind that answers differently, and one of another customer."""
    await world.know(
        invoice("in-1", partial_payment=PART),
        invoice("in-2", deposit=None),
        invoice("in-usd", currency="USD"),
        invoice("in-void", status="void"),
        invoice("in-theirs", customer_id="cu-2"),
    )


async def test_a_form_is_sent_on_to_the_processors_page(browser: Browser) -> None:
    await with_invoices(browser.world)
    answer = await browser.pay("in-1", pay="balance")
    assert where(answer) == "https://pay.example/cs_1"
    assert answer.headers["cache-control"] == "no-store"


async def test_json_is_told_what_is_paid_and_where(browser: Browser) -> None:
    await with_invoices(browser.world)
    answer = await browser.pay_json("in-2", "in-1", "in-1", pay="balance")
    assert answer.status_code == 201
    ((_, payment_id), _) = await browser.world.held()
    assert answer.json() == {
        "payment_id": payment_id,
        "url": "https://pay.example/cs_1",
        "amount": 35120,
        "tip": 0,
        "currency": "JPY",
        "allocations": [{"invoice_id": "in-1", "amount": 17560}, {"invoice_id": "in-2", "amount": 17560}],
    }


@pytest.mark.parametrize(
    ("fields", "amount"),
    [
        ({"pay": "due"}, 5000),
        ({"pay": "deposit"}, 5000),
        ({"pay": "balance"}, 17560),
        ({}, 17560),
        ({"pay": "amount", "amount": 1234}, 1234),
    ],
)
async def test_json_may_ask_for_each_kind_of_amount(
    browser: Browser, fields: dict[str, Any], amount: int
) -> None:
    await with_invoices(browser.world)
    far = invoice("in-1", partial_payment=PART, due_on="9999-12-31")
    await browser.world.revise(far)
    assert (await browser.pay_json("in-1", **fields)).json()["amount"] == amount


async def test_a_typed_amount_is_read_as_a_person_means_it(browser: Browser) -> None:
    await with_invoices(browser.world)
    await browser.pay("in-1", pay="amount", amount="￥５，０００")
    assert [page.amount for page in browser.world.processor.pages.values()] == [5000]


async def test_a_number_in_a_form_counts_the_currencys_unit_not_its_cents(browser: Browser) -> None:
    await browser.world.know(invoice("in-usd", currency="USD", partial_payment=PART))
    await browser.pay("in-usd", pay="amount", amount="12")
    assert [page.amount for page in browser.world.processor.pages.values()] == [1200]


Refusal = tuple[tuple[str, ...], dict[str, Any], str, int, str]
REFUSED: list[Refusal] = [
    (("in-void",), {}, "pay_nothing_due", 409, "pay?invoice=in-void"),
    (("in-1", "in-void"), {}, "pay_nothing_due", 409, "pay?invoice=in-1&invoice=in-void"),
    (("in-2",), {"pay": "deposit"}, "pay_no_deposit", 409, "pay?invoice=in-2"),
    (("in-1", "in-usd"), {}, "pay_one_currency", 422, "pay?invoice=in-1&invoice=in-usd"),
    (
        ("in-1", "in-2"),
        {"pay": "amount", "amount": 5000},
        "pay_one_invoice",
        422,
        "pay?invoice=in-1&invoice=in-2",
    ),
    (("in-1",), {"pay": "amount", "amount": 999}, "pay_amount_invalid", 422, "pay?invoice=in-1"),
    (("in-1",), {"pay": "amount", "amount": 17561}, "pay_amount_invalid", 422, "pay?invoice=in-1"),
    (("in-1",), {"pay": "amount"}, "pay_amount_invalid", 422, "pay?invoice=in-1"),
    (("in-absent",), {}, "pay_invoice_unknown", 404, "invoices"),
    (("in-theirs",), {}, "pay_invoice_unknown", 404, "invoices"),
    (("in-1", "in-theirs"), {}, "pay_invoice_unknown", 404, "invoices"),
]


@pytest.mark.parametrize(("invoices", "fields", "code", "status", "page"), REFUSED)
async def test_a_refusal_leads_a_form_back_and_tells_json_its_code(
    browser: Browser, invoices: tuple[str, ...], fields: dict[str, Any], code: str, status: int, page: str
) -> None:
    await with_invoices(browser.world)
    typed: dict[str, Any] = {name: str(value) for name, value in fields.items()}
    answer = await browser.pay(*invoices, **typed)
    assert where(answer) == f"/portal/{SLUG}/{page}"
    flash = browser.flash()
    assert flash is not None
    assert flash.code == code
    assert problem(await browser.pay_json(*invoices, **fields)) == (status, code)
    assert (await browser.world.held(), browser.world.processor.pages) == ([], {})


async def test_the_bounds_of_an_amount_are_told(browser: Browser) -> None:
    await with_invoices(browser.world)
    await browser.pay("in-1", pay="amount", amount="999")
    bounds = {"minimum": "1000", "maximum": "17560", "currency": "JPY"}
    assert browser.flash() == Flash("pay_amount_invalid", bounds)


async def test_a_processor_that_is_away_is_no_end(browser: Browser) -> None:
    await with_invoices(browser.world)
    browser.world.processor.away = True
    assert where(await browser.pay("in-1")) == f"/portal/{SLUG}/pay?invoice=in-1"
    assert browser.flash() == Flash("pay_unavailable", {})
    assert problem(await browser.pay_json("in-1")) == (503, "pay_unavailable")
    browser.world.processor.away = False
    assert where(await browser.pay("in-1")) == "https://pay.example/cs_1"
    assert await browser.world.events() == ["PaymentStarted"]


async def test_a_refusal_of_the_processor_is_a_failed_payment(browser: Browser) -> None:
    await with_invoices(browser.world)
    browser.world.processor.faults = ["refuse", "refuse"]
    assert where(await browser.pay("in-1")) == f"/portal/{SLUG}/pay?invoice=in-1"
    assert browser.flash() == Flash("pay_failed", {})
    assert problem(await browser.pay_json("in-1")) == (502, "pay_failed")


@pytest.mark.parametrize("why", ["no account", "disabled"])
async def test_a_business_that_cannot_be_paid_online_says_so_and_claims_nothing(
    browser: Browser, why: str
) -> None:
    await with_invoices(browser.world)
    if why == "disabled":
        browser.world.processor.disabled.add("acct_1")
    else:
        await browser.world.apply(without_account())
    assert where(await browser.pay("in-1")) == f"/portal/{SLUG}/pay?invoice=in-1"
    assert browser.flash() == Flash("pay_not_online", {})
    assert problem(await browser.pay_json("in-1")) == (409, "pay_not_online")
    assert (await browser.world.held(), await browser.world.events()) == ([], [])


def without_account() -> Any:
    return type(BUSINESS)(
        **{name: getattr(BUSINESS, name) for name in BUSINESS.__struct_fields__ if name != "stripe_account"}
    )


async def test_whether_a_business_can_be_paid_is_told_inside_and_remembered(browser: Browser) -> None:
    assert (await charges(browser)).json() == {"enabled": True}
    browser.world.processor.disabled.add("acct_1")
    assert (await charges(browser)).json() == {"enabled": True}
    browser.world.clock.pass_time(seconds=61)
    assert (await charges(browser)).json() == {"enabled": False}
    browser.world.clock.pass_time(seconds=61)
    browser.world.processor.away = True
    assert (await charges(browser)).json() == {"enabled": False}  # the last that was known
    assert problem(await charges(browser, "b-absent")) == (404, "not_found")


async def charges(browser: Browser, business_id: str = BUSINESS.business_id) -> Response:
    """What portal-read is answered."""
    keys, now = browser.world.settings.billing_keys, browser.world.clock.now
    token = service_token.authorization(keys, caller="portal-read", audience="billing", now=now)
    path = f"/internal/businesses/{business_id}/charges"
    return await browser.http.get(path, headers={"Authorization": token})


async def test_who_has_paid_elsewhere_is_led_to_the_result(browser: Browser) -> None:
    await with_invoices(browser.world)
    payment = await browser.world.started("in-1")
    browser.world.processor.pay("cs_1")
    assert where(await browser.pay("in-1")) == f"/portal/{SLUG}/result/{payment.payment_id}"
    assert browser.paying() == {payment.payment_id: ["in-1"]}


async def test_nothing_of_the_amount_is_taken_from_the_browser(browser: Browser) -> None:
    await with_invoices(browser.world)
    await browser.pay("in-2", pay="balance", amount="1", currency="USD", total="1", unit_amount="1")
    assert [(page.amount, page.currency) for page in browser.world.processor.pages.values()] == [
        (17560, "JPY")
    ]
