"""What did customers pay? The pages and the API say so at once."""

import re
from datetime import UTC, datetime

import httpx
from portal_testing.envelopes import envelope_of
from servicehub_events import (
    Failure,
    Invoice,
    Method,
    Payment,
    PaymentFailed,
    PaymentFlagged,
    PaymentProcessing,
    PaymentRefunded,
    RecordRejected,
    Refund,
    Review,
    Share,
    as_event,
)
from servicehub_events_tools.testing import samples
from stand_in_servicehub.core import Core
from stand_in_servicehub.payments import take

from .payment_samples import HIKARI, captured, told

PAGE = "/businesses/biz-sparkle"


async def deliver(core: Core, *payments: Payment) -> None:
    await take(core, [told(payment) for payment in payments])


def text_of(page: str) -> str:
    """What is to be read, with single spaces."""
    main = page.partition("<main>")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


async def test_before_anything_is_paid_the_pages_say_what_to_do(client: httpx.AsyncClient) -> None:
    assert "Nothing was paid in the portal yet." in text_of((await client.get("/")).text)
    assert "open an invoice that is due and pay it" in text_of((await client.get(PAGE)).text)


async def test_the_start_page_says_how_much_and_lists_the_newest(
    client: httpx.AsyncClient, core: Core
) -> None:
    await deliver(core, captured(("inv-1042", 9_593)), captured(("inv-1047", 10_000), payment_id="pay-2"))
    await deliver(core, captured(("inv-1042", 6_850), business_id=HIKARI, currency="JPY"))
    text = text_of((await client.get("/")).text)
    assert "Customers paid $195.93 in 2 payments" in text
    assert "Customers paid ¥6,850 in 1 payment " in text
    assert "Sat 21 Nov 00:30 JST pay-1 v2 ひかり清掃" in text


async def test_the_business_page_lists_a_payment_with_all_its_facts(
    client: httpx.AsyncClient, core: Core
) -> None:
    await deliver(core, captured(("inv-1042", 9_593), ("inv-1047", 10_000)))
    page = (await client.get(PAGE)).text
    row = "Hannah Whitfield $195.93 visa card ••4242 inv-1042 $95.93 inv-1047 $100.00 paid"
    assert f"Fri 20 Nov 10:30 EST pay-1 v2 {row}" in text_of(page)
    assert f'href="{PAGE}#inv-1042"' in page
    assert page.index('id="payments"') < page.index('id="customers"')


async def test_each_invoice_says_what_was_paid_on_it(client: httpx.AsyncClient, core: Core) -> None:
    konbini = captured(("inv-1036", 700), customer_id="c-1002", payment_id="pay-k")
    on_its_way = as_event(PaymentProcessing, konbini, status="processing", method=Method(type="konbini"))
    checked = captured(("inv-1045", 900), customer_id="c-1003", payment_id="pay-c")
    flagged = as_event(PaymentFlagged, checked, review=Review(reason="amount"))
    await deliver(core, captured(("inv-1042", 9_593)), on_its_way, flagged)
    text = text_of((await client.get(PAGE)).text)
    assert "Paid by card in the portal: $95.93, booked as r-2" in text
    assert "On its way at a konbini: $7.00" in text
    assert "Being checked: $9.00 by card" in text


async def test_what_went_wrong_or_back_is_told(client: httpx.AsyncClient, core: Core) -> None:
    payment = captured(("inv-1042", 9_593))
    refund = Refund(
        refund_id="re-1",
        amount=500,
        allocations=(Share(invoice_id="inv-1042", amount=500),),
        at=datetime(2026, 11, 20, 15, 40, tzinfo=UTC),
    )
    declined = as_event(
        PaymentFailed,
        captured(("inv-1047", 10_000), payment_id="pay-2"),
        status="failed",
        failure=Failure(code="card_declined", retryable=True),
    )
    await deliver(core, as_event(PaymentRefunded, payment, refunds=(refund,)), declined)
    text = text_of((await client.get(PAGE)).text)
    assert "paid $5.00 given back" in text
    assert "failed card declined" in text
    assert "$100.00" not in text_of((await client.get("/")).text)


async def test_the_api_gives_payments_as_billing_told_them(client: httpx.AsyncClient, core: Core) -> None:
    await deliver(core, captured(("inv-1042", 9_593)))
    full = (await client.get("/api/businesses/biz-sparkle")).json()
    [payment] = full["payments"]
    assert (payment["payment_id"], payment["status"], payment["amount"]) == ("pay-1", "captured", 9_593)
    assert payment["method"] == {"type": "card", "brand": "visa", "last4": "4242"}
    assert payment["version"] == 2
    [invoice] = [row for row in full["invoices"] if row["invoice_id"] == "inv-1042"]
    assert invoice["recorded_payments"][-1]["portal_payment_id"] == "pay-1"


async def test_total_and_part_payment_can_be_set_in_a_form(client: httpx.AsyncClient, core: Core) -> None:
    await client.post(f"{PAGE}/revise", data={"invoice_id": "inv-1036", "total": "$50.00"})
    assert core.desk("biz-sparkle").find(Invoice, "inv-1036").total == 5_000
    await client.post(f"{PAGE}/part-payment", data={"invoice_id": "inv-1036", "minimum": "12.50"})
    assert "in parts, $12.50 or more" in text_of((await client.get(PAGE)).text)
    await client.post(f"{PAGE}/part-payment", data={"invoice_id": "inv-1036", "allowed": "false"})
    assert "in parts, $12.50 or more" not in text_of((await client.get(PAGE)).text)


async def test_the_business_page_lists_what_the_portal_could_not_use(
    client: httpx.AsyncClient, core: Core
) -> None:
    assert "Rejected records" not in text_of((await client.get(PAGE)).text)
    rejected = as_event(
        RecordRejected, samples.rejection(), business_id="biz-sparkle", record_key="biz-sparkle/inv-1"
    )
    await take(core, [envelope_of(rejected, 1)])
    text = text_of((await client.get(PAGE)).text)
    assert "servicehub.InvoiceIssued.v1 v3 servicehub.invoices.v1[7]@4211 biz-sparkle/inv-1" in text
    assert "invariant violated tax_groups sum to 17560, but total is 1" in text
