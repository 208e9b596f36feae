"""Receipts: numbered when the money comes, for whose payment it is alone, counted when made out anew."""

import asyncio

import httpx
import pytest
from msgspec.structs import replace
from servicehub_events import CustomerErased, CustomerRevised, Payment, PaymentReceipt, as_event

from .billing_world import BUSINESS, CUSTOMER, invoice
from .portal_browser import SLUG, Browser, Flash, problem, where

pytestmark = pytest.mark.stack
GONE = CustomerErased(business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id)


def path(payment: Payment) -> str:
    return f"/billing/{SLUG}/receipts/{payment.payment_id}"


async def paid(browser: Browser, invoice_id: str = "in-1") -> Payment:
    """A payment whose money is there."""
    world = browser.world
    await world.know(invoice(invoice_id))
    payment = await world.started(invoice_id)
    world.processor.pay(world.processor.reference_of(payment.payment_id))
    return await world.come_back(payment.payment_id)


async def unpaid(browser: Browser) -> Payment:
    """A payment whose page is open."""
    await browser.world.know(invoice("in-9"))
    return await browser.world.started("in-9")


async def make_out(browser: Browser, payment: Payment, addressee: str, purpose: str = "") -> httpx.Response:
    fields = {"addressee": addressee, "purpose": purpose, "locale": "ja"}
    return await browser.http.post(path(payment), data=fields)


async def file(browser: Browser, payment: Payment) -> bytes:
    answer = await browser.http.get(f"{path(payment)}.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    return answer.content


async def test_each_payment_gets_the_next_number_when_its_money_comes(browser: Browser) -> None:
    begun = await unpaid(browser)
    first, second = await paid(browser), await paid(browser, "in-2")
    assert (begun.receipt, first.receipt, second.receipt) == (
        None,
        PaymentReceipt(number="R-000001", copies=0),
        PaymentReceipt(number="R-000002", copies=0),
    )


async def test_it_is_made_out_once_and_is_the_same_bytes_for_ever(browser: Browser) -> None:
    payment = await paid(browser)
    for _ in range(2):
        assert where(await make_out(browser, payment, "高橋 由美 様", "清掃代")) == f"{path(payment)}.pdf"
    first = await file(browser, payment)
    browser.world.clock.pass_time(minutes=5)
    assert first.startswith(b"%PDF")
    assert await file(browser, payment) == first
    assert await browser.world.events() == ["PaymentStarted", "PaymentCaptured", "ReceiptIssued"]


async def test_another_name_is_a_reissue_under_the_same_number(browser: Browser) -> None:
    payment = await paid(browser)
    await make_out(browser, payment, "高橋 由美 様")
    first = await file(browser, payment)
    await make_out(browser, payment, "ひかり商事 御中")
    assert await file(browser, payment) != first
    state = await browser.world.state(payment.payment_id)
    assert state.receipt == PaymentReceipt(number="R-000001", copies=2)
    copies = await browser.world.rows("SELECT copy, rendition FROM receipts ORDER BY 1, 2")
    assert copies == [(1, 1), (2, 1)]


async def test_two_clicks_at_once_make_out_one(browser: Browser) -> None:
    payment = await paid(browser)
    await asyncio.gather(*(make_out(browser, payment, "高橋 由美 様") for _ in range(5)))
    assert (await browser.world.events()).count("ReceiptIssued") == 1


async def test_a_refund_is_told_on_the_same_copy(browser: Browser) -> None:
    payment = await paid(browser)
    await make_out(browser, payment, "高橋 由美 様")
    first = await file(browser, payment)
    browser.world.processor.refund_by_hand("cs_1", 500)
    await browser.world.come_back(payment.payment_id)
    told = await file(browser, payment)
    assert told != first
    assert await file(browser, payment) == told
    copies = await browser.world.rows("SELECT copy, rendition FROM receipts ORDER BY 1, 2")
    assert copies == [(1, 1), (1, 2)]


async def test_without_money_there_is_no_receipt(browser: Browser) -> None:
    payment = await unpaid(browser)
    assert where(await make_out(browser, payment, "高橋 由美 様")) == (
        f"/portal/{SLUG}/result/{payment.payment_id}"
    )
    assert browser.flash() == Flash("receipt_none", {})
    assert problem(await browser.http.get(f"{path(payment)}.pdf")) == (404, "not_found")


@pytest.mark.parametrize("addressee", ["", "   ", "x" * 101, "a\nb"])
async def test_a_receipt_names_somebody_in_one_line(browser: Browser, addressee: str) -> None:
    payment = await paid(browser)
    await make_out(browser, payment, addressee)
    assert browser.flash() == Flash("paper_invalid", {})
    assert "ReceiptIssued" not in await browser.world.events()


async def test_nobody_else_makes_one_out_or_reads_it(browser: Browser) -> None:
    payment = await paid(browser)
    await make_out(browser, payment, "高橋 由美 様")
    stranger = as_event(CustomerRevised, CUSTOMER, customer_id="cu-2")
    await browser.world.apply(stranger)
    browser.sign_out()
    assert where(await browser.http.get(f"{path(payment)}.pdf")) == f"/portal/{SLUG}/sign-in"
    browser.sign_in(browser.world.token(customer_id="cu-2"))
    assert problem(await browser.http.get(f"{path(payment)}.pdf")) == (404, "not_found")
    assert problem(await make_out(browser, payment, "Mallory")) == (404, "not_found")


async def test_who_may_not_see_invoices_sees_no_receipt(browser: Browser) -> None:
    payment = await paid(browser)
    await make_out(browser, payment, "高橋 由美 様")
    (contact,) = CUSTOMER.contacts
    visits_alone = replace(contact, roles=("visits",))
    await browser.world.apply(as_event(CustomerRevised, CUSTOMER, contacts=(visits_alone,)))
    assert problem(await browser.http.get(f"{path(payment)}.pdf")) == (404, "not_found")


async def test_of_an_erased_customer_no_receipt_is_kept(browser: Browser) -> None:
    payment = await paid(browser)
    await make_out(browser, payment, "高橋 由美 様")
    await file(browser, payment)
    await browser.world.apply(GONE)
    assert await browser.world.value("SELECT count(*) FROM receipts", int) == 0


async def test_nothing_of_a_receipt_can_be_read_where_it_is_stored(browser: Browser) -> None:
    payment = await paid(browser)
    await make_out(browser, payment, "高橋 由美 様")
    await file(browser, payment)
    paper = await browser.world.value("SELECT paper FROM receipts", bytes)
    pdf = await browser.world.value("SELECT pdf FROM receipts", bytes)
    assert paper
    assert pdf
    assert "高橋".encode() not in paper
    assert b"%PDF" not in pdf
