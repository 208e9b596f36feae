"""Papers of refunds: numbered with the refund, for whose payment it is alone, counted when made out anew."""

import asyncio

import httpx
import pytest
from msgspec.structs import replace
from servicehub_events import CustomerErased, CustomerRevised, Payment, Refund, as_event

from .billing_world import BUSINESS, CUSTOMER, invoice
from .portal_browser import SLUG, Browser, Flash, problem, where

pytestmark = pytest.mark.stack
GONE = CustomerErased(business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id)


async def refunded(browser: Browser, *amounts: int) -> Payment:
    """A payment of the whole invoice, of which so much went back."""
    world = browser.world
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    reference = world.processor.reference_of(payment.payment_id)
    world.processor.pay(reference)
    payment = await world.come_back(payment.payment_id)
    for amount in amounts:
        world.processor.refund_by_hand(reference, amount)
        payment = await world.come_back(payment.payment_id)
    return payment


def path(payment: Payment, refund: Refund) -> str:
    return f"/billing/{SLUG}/refunds/{payment.payment_id}/{refund.refund_id}"


async def make_out(browser: Browser, payment: Payment, addressee: str, at: int = 0) -> httpx.Response:
    fields = {"addressee": addressee, "locale": "ja"}
    return await browser.http.post(path(payment, payment.refunds[at]), data=fields)


async def file(browser: Browser, payment: Payment) -> bytes:
    answer = await browser.http.get(f"{path(payment, payment.refunds[0])}.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    return answer.content


async def test_each_refund_takes_the_next_number_with_what_it_lowers(browser: Browser) -> None:
    payment = await refunded(browser, 500, 700)
    notes = [refund.note for refund in payment.refunds]
    assert [(note.number, note.copies) for note in notes if note] == [("CN-000001", 0), ("CN-000002", 0)]
    assert [sum(price.amount for price in note.lowered) for note in notes if note] == [500, 700]


async def test_what_was_paid_too_much_has_numbers_of_its_own(browser: Browser) -> None:
    world = browser.world
    payment = await refunded(browser)
    lower = replace(invoice("in-1"), total=1100, lines=(), discounts=(), tax_groups=())
    group = replace(invoice("in-1").tax_groups[0], net=1000, tax=100, rate="10")
    line = replace(invoice("in-1").lines[0], amount=1000, tax_rate="10", reduced_rate=False, tax=None)
    await world.revise(
        replace(
            lower,
            lines=(line,),
            tax_groups=(group,),
            prices_include_tax=False,
            deposit=None,
            withholdings=(),
            tax_rounding=None,
        ),
        9,
    )
    world.processor.refund_by_hand(world.processor.reference_of(payment.payment_id), 500)
    payment = await world.come_back(payment.payment_id)
    note = payment.refunds[0].note
    assert note
    assert (note.number, note.lowered) == ("RF-000001", ())


async def test_it_is_made_out_once_and_is_the_same_bytes_for_ever(browser: Browser) -> None:
    payment = await refunded(browser, 500)
    for _ in range(2):
        answer = await make_out(browser, payment, "高橋 由美 様")
        assert where(answer) == f"{path(payment, payment.refunds[0])}.pdf"
    first = await file(browser, payment)
    browser.world.clock.pass_time(minutes=5)
    assert first.startswith(b"%PDF")
    assert await file(browser, payment) == first
    assert (await browser.world.events())[-2:] == ["PaymentRefunded", "RefundNoteIssued"]


async def test_another_name_is_a_reissue_under_the_same_number(browser: Browser) -> None:
    payment = await refunded(browser, 500)
    await make_out(browser, payment, "高橋 由美 様")
    first = await file(browser, payment)
    await make_out(browser, payment, "ひかり商事 御中")
    assert await file(browser, payment) != first
    note = (await browser.world.state(payment.payment_id)).refunds[0].note
    assert note
    assert (note.number, note.copies) == ("CN-000001", 2)


async def test_two_clicks_at_once_make_out_one(browser: Browser) -> None:
    payment = await refunded(browser, 500)
    await asyncio.gather(*(make_out(browser, payment, "高橋 由美 様") for _ in range(5)))
    assert (await browser.world.events()).count("RefundNoteIssued") == 1


async def test_the_receipt_that_was_handed_out_stays_when_the_papers_of_refunds_are_made_out(
    browser: Browser,
) -> None:
    payment = await refunded(browser, 500)
    receipt = f"/billing/{SLUG}/receipts/{payment.payment_id}"
    await browser.http.post(receipt, data={"addressee": "高橋 由美 様", "locale": "ja"})
    before = (await browser.http.get(f"{receipt}.pdf")).content
    await make_out(browser, payment, "高橋 由美 様")
    assert (await browser.http.get(f"{receipt}.pdf")).content == before


async def test_of_a_refund_that_failed_after_all_the_paper_is_void_and_no_other_is_made(
    browser: Browser,
) -> None:
    payment = await refunded(browser, 500)
    await make_out(browser, payment, "高橋 由美 様")
    first = await file(browser, payment)
    world = browser.world
    reference = world.processor.reference_of(payment.payment_id)
    world.processor.fail_refund(reference, payment.refunds[0].refund_id)
    after = await world.come_back(payment.payment_id)
    assert after.refunds == ()
    void = await file(browser, payment)
    assert void != first
    assert await file(browser, payment) == void
    await make_out(browser, payment, "ひかり商事 御中")
    assert browser.flash() == Flash("refund_note_none", {})


async def test_it_is_of_its_own_payment_alone(browser: Browser) -> None:
    payment = await refunded(browser, 500)
    await make_out(browser, payment, "高橋 由美 様")
    await browser.world.know(invoice("in-2"))
    other = await browser.world.started("in-2")
    for wrong in (f"{other.payment_id}/{payment.refunds[0].refund_id}", f"{payment.payment_id}/re_none"):
        assert problem(await browser.http.get(f"/billing/{SLUG}/refunds/{wrong}.pdf")) == (404, "not_found")


async def test_somebody_elses_is_not_there(browser: Browser) -> None:
    payment = await refunded(browser, 500)
    await make_out(browser, payment, "高橋 由美 様")
    await browser.world.rows("UPDATE checkout_sessions SET customer_id = 'cu-other' RETURNING 1")
    assert problem(await browser.http.get(f"{path(payment, payment.refunds[0])}.pdf")) == (404, "not_found")
    assert (await make_out(browser, payment, "高橋")).status_code in (303, 404)
    assert (await browser.world.events()).count("RefundNoteIssued") == 1


async def test_who_may_not_see_invoices_sees_no_paper_of_a_refund(browser: Browser) -> None:
    payment = await refunded(browser, 500)
    await make_out(browser, payment, "高橋 由美 様")
    contacts = tuple(replace(contact, roles=("visits",)) for contact in CUSTOMER.contacts)
    await browser.world.apply(as_event(CustomerRevised, CUSTOMER, contacts=contacts), version=9)
    assert problem(await browser.http.get(f"{path(payment, payment.refunds[0])}.pdf")) == (404, "not_found")


@pytest.mark.parametrize("addressee", ["", "   ", "x" * 101, "a\nb"])
async def test_it_names_somebody_in_one_line(browser: Browser, addressee: str) -> None:
    payment = await refunded(browser, 500)
    await make_out(browser, payment, addressee)
    assert browser.flash() == Flash("paper_invalid", {})


async def test_of_an_erased_customer_none_is_kept_and_nothing_of_one_can_be_read_where_it_lies(
    browser: Browser,
) -> None:
    payment = await refunded(browser, 500)
    await make_out(browser, payment, "高橋 由美 様")
    await file(browser, payment)
    paper = await browser.world.value("SELECT paper FROM refund_notes", bytes)
    pdf = await browser.world.value("SELECT pdf FROM refund_notes", bytes)
    assert paper
    assert pdf
    assert "高橋".encode() not in paper
    assert b"%PDF" not in pdf
    await browser.world.apply(GONE)
    assert await browser.world.value("SELECT count(*) FROM refund_notes", int) == 0
