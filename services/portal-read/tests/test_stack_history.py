"""What was done: on the real database as the real roles, with nothing of anybody else."""

import html
import re
from datetime import timedelta

import httpx
import pytest
from portal_world import ROOT, World, twin_business
from servicehub_events import (
    AppointmentCompleted,
    Completion,
    Contact,
    CustomerRegistered,
    CustomerRevised,
    InvoiceIssued,
    InvoiceVoided,
    PaymentProcessing,
    Role,
    Window,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
DAY = samples.appointment().window.start - timedelta(days=30)


def done(key: str, days_ago: int = 0, *invoices: str, **changes: object) -> AppointmentCompleted:
    """A visit that took place, of which the invoices are named."""
    start = DAY - timedelta(days=days_ago)
    window = Window(start=start, end=start + timedelta(hours=2), time_zone="Asia/Tokyo")
    values = {"appointment_id": key, "window": window, "invoice_ids": invoices, "attachments": (),
              "completed": Completion(at=window.end, summary=f"Floor of {key}"), **changes}  # fmt: skip
    return as_event(AppointmentCompleted, samples.completed_appointment(), **values)


async def english(world: World, path: str = "", **token: object) -> httpx.Response:
    return await world.get(f"{ROOT}/history{path}", f"{world.cookie(**token)}; __Host-lang=en")


async def test_a_visit_shows_its_own_invoices_and_none_of_another_customer_or_business(full: World) -> None:
    other = {"customer_id": "cu-2"}
    await full.apply(
        *twin_business(),
        as_event(CustomerRegistered, samples.customer(), **other),
        as_event(InvoiceIssued, samples.invoice(), **other, invoice_id="in-2", number="OTHER-2"),
        as_event(InvoiceIssued, samples.invoice(), business_id="b-2", invoice_id="in-twin", number="TWIN-2"),
        done("mine", 1, "in-1", "in-2", "in-twin"),
        done("theirs", 2, "in-2", **other),
        done("twins", 3, "in-twin", business_id="b-2"),
    )
    page = (await english(full)).text
    assert "Floor of mine" in page
    assert f"Invoice {samples.invoice().number}" in page
    for foreign in ("OTHER-2", "TWIN-2", "Floor of theirs", "Floor of twins"):
        assert foreign not in page


async def test_who_may_see_visits_alone_is_told_nothing_of_money(full: World) -> None:
    contact = Contact(contact_id="k-2", name="Second", email="second@example.com", roles=("visits",))
    both = (*samples.customer().contacts, contact)
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=both), done("mine", 1, "in-1"))
    number, own = samples.invoice().number, {"contact_id": "k-2", "session_id": "s-of-the-second"}
    whole, found = await english(full), await english(full, f"?q={number}")
    assert f"Invoice {number}" in whole.text
    assert "Floor of mine" in found.text
    page = (await english(full, **own)).text
    assert "Floor of mine" in page
    for told in (number, "/invoices", "/statement"):
        assert told not in page
    assert "Floor of mine" not in (await english(full, f"?q={number}", **own)).text


@pytest.mark.parametrize("role", ["invoices", "pay"])
async def test_who_may_not_see_visits_has_no_history(full: World, role: Role) -> None:
    contact = Contact(contact_id="k-2", name="Second", email="second@example.com", roles=(role,))
    both = (*samples.customer().contacts, contact)
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=both), done("mine", 1))
    answer = await english(full, contact_id="k-2", session_id="s-of-the-second")
    assert answer.status_code == 404
    assert f"{ROOT}/history" not in answer.text


async def test_the_state_of_an_invoice_follows_its_payments_and_so_does_the_etag(full: World) -> None:
    open_bill = {"invoice_id": "in-9", "number": "NINE", "recorded_payments": ()}
    await full.apply(as_event(InvoiceIssued, samples.invoice(), **open_bill), done("mine", 1, "in-9"))
    before = await english(full)
    bill = samples.invoice()
    share = {"allocations": [{"invoice_id": "in-9", "invoice_version": 1, "amount": bill.total}]}
    changes = {"payment_id": "pa-9", "amount": bill.total, "refunds": (), "dispute": None, **share}
    await full.apply(as_event(PaymentProcessing, samples.payment(), **changes, status="processing"))
    after = await english(full)
    assert "Processing" not in before.text
    assert "Processing" in after.text
    assert before.headers["etag"] != after.headers["etag"]


async def test_it_can_be_walked_to_its_end_and_back_and_searched(full: World) -> None:
    for number in range(45):
        await full.apply(
            as_event(InvoiceVoided, samples.invoice(), invoice_id=f"b-{number}", number=f"N{number}",
                     status="void"),
            done(f"old-{number}", number // 2, f"b-{number}"),
        )  # fmt: skip
    seen: list[str] = []
    path, before = "", ""
    while True:
        page = (await english(full, path)).text
        rows = list(dict.fromkeys(re.findall(r"/appointments/(old-\d+)", page)))
        assert [f"b-{row.partition('-')[2]}" for row in rows] == re.findall(r"/invoices/(b-\d+)", page)
        seen += rows
        if not (on := re.search(r'href="[^"]*history(\?before=[^"]*)"', page)):
            break
        path, before = html.unescape(on[1]), page
    assert sorted(seen) == sorted(f"old-{number}" for number in range(45))
    back = re.search(r'href="[^"]*history(\?since=[^"]*)"', page)
    assert back
    assert re.findall(r"(old-\d+)", (await english(full, html.unescape(back[1]))).text) == re.findall(
        r"(old-\d+)", before
    )
    for query in ("?q=N31", "?q=floor+31&year=2026", "?q=old-31"):
        found = (await english(full, query)).text
        assert set(re.findall(r"/appointments/(old-\d+)", found)) == {"old-31"}


@pytest.mark.parametrize(
    "query", ["before=yesterday", "before=2026-11-25T00:00:00Z&id=%00", "after=2026-11-25&id=x", "state=paid"]
)
async def test_a_strange_address_is_no_error(full: World, query: str) -> None:
    await full.apply(done("mine", 1))
    assert "Floor of mine" in (await english(full, f"?{query}")).text or query.startswith("before=2026")
