"""My data: what the pages hold about one contact, whole, exact, and of nobody else."""

import json
from typing import Any

import pytest
from portal_world import BUSINESS, CONTACT, CUSTOMER, ROOT, World, twin_business
from servicehub_events import (
    AppointmentScheduled,
    AutopaySwitchedOff,
    AutopaySwitchedOn,
    Contact,
    CustomerErased,
    CustomerRegistered,
    CustomerRevised,
    InvoiceIssued,
    Method,
    PaymentCaptured,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
FILE = f"{ROOT}/my-data.json"
COLLEAGUE = Contact(contact_id="co-2", name="A Colleague", email="colleague@mail.example")


async def data(world: World, cookie: str | None = None) -> dict[str, Any]:
    answer = await world.get(FILE, cookie)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return json.loads(answer.content)


@pytest.fixture
async def shared(full: World) -> World:
    """A colleague at the same customer who signed in and paid; another customer; another business."""
    paid = [{"invoice_id": "in-1", "invoice_version": 1, "amount": 100}]
    settled = [{"invoice_id": "in-other", "invoice_version": 1, "amount": 15180}]
    theirs = {"contact_id": "co-2"}
    card = Method(type="card", brand="visa", last4="9876")
    other = {"customer_id": "cu-2"}
    contacts = (*samples.customer().contacts, COLLEAGUE)
    await full.apply(
        as_event(CustomerRevised, samples.customer(), contacts=contacts),
        as_event(SignedIn, samples.session(), **theirs, session_id="se-2", device="Colleague's phone"),
        as_event(
            *(PaymentCaptured, samples.payment()),
            **theirs,
            payment_id="pa-2",
            amount=100,
            allocations=paid,
            refunds=(),
            method=card,
        ),
        as_event(CustomerRegistered, samples.customer(), **other, display_name="Somebody Else"),
        as_event(AppointmentScheduled, samples.appointment(), **other, appointment_id="ap-other"),
        as_event(InvoiceIssued, samples.invoice(), **other, invoice_id="in-other", number="ELSE-1"),
        as_event(
            *(PaymentCaptured, samples.payment()),
            **other,
            payment_id="pa-other",
            amount=15180,
            allocations=settled,
            refunds=(),
        ),
        *twin_business(),
    )
    return full


async def test_it_holds_what_the_pages_show_with_exact_amounts_and_iso_times(full: World) -> None:
    held = await data(full)
    assert held["you"]["contact_id"] == CONTACT
    assert [visit["appointment_id"] for visit in held["visits"]] == ["ap-1"]
    (invoice,) = held["invoices"]
    assert invoice["total"] == {"amount": "17560", "currency": "JPY"}
    assert invoice["lines"][0]["unit_price"] == {"amount": "5000", "currency": "JPY"}
    assert invoice["issued_on"] == "2026-11-20"
    (payment,) = held["payments"]
    assert payment["refunds"][0]["amount"] == {"amount": "500", "currency": "JPY"}
    assert payment["occurred_at"] == "2026-11-22T01:00:00+00:00"
    assert payment["method"]["last4"] == "4242"
    assert [device["session_id"] for device in held["devices"]] == [samples.session().session_id]
    assert held["could_not_be_read"] == 0


async def test_nothing_of_another_contact_customer_or_business_is_in_it(shared: World) -> None:
    answer = await shared.get(FILE)
    for foreign in (
        *("A Colleague", "colleague@mail.example", "co-2", "se-2", "Colleague's phone", "9876"),
        *("Somebody Else", "ELSE-1", "ap-other", "pa-other", "Twin Customer", "TWIN-1"),
    ):
        assert foreign not in answer.text, foreign
    theirs = await data(shared, shared.cookie(contact_id="co-2", session_id="se-2"))
    assert theirs["you"]["name"] == "A Colleague"
    own = {payment["payment_id"]: payment["method"] for payment in theirs["payments"]}
    assert own["pa-2"]["last4"] == "9876"
    assert own["pa-1"] == {"type": "card"}
    assert (await shared.get("/portal/twin-business/my-data.json", shared.cookie())).status_code == 303


async def test_it_says_since_when_autopay_is_on_and_only_to_its_contact_by_which_card(shared: World) -> None:
    autopay = samples.autopay()
    end = {"reason": "operator", "at": autopay.occurred_at, "by": "Night Shift", "why": "asked by phone"}
    await shared.apply(as_event(AutopaySwitchedOn, autopay))
    (own,) = (await data(shared))["autopay"]
    assert own["status"] == "on"
    assert own["consent"]["at"] == autopay.consent.at.isoformat()
    assert own["card"]["last4"] == autopay.card.last4
    assert own["charges"][0]["amount"] == {"amount": str(autopay.charges[0].amount), "currency": "JPY"}
    await shared.apply(as_event(AutopaySwitchedOff, autopay, status="off", end=end, charges=()))
    theirs = await data(shared, shared.cookie(contact_id="co-2", session_id="se-2"))
    (known,) = theirs["autopay"]
    assert known["end"] == {"reason": "operator", "at": autopay.occurred_at.isoformat()}
    assert not {"card", "contact_id"} & known.keys()


async def test_the_books_of_the_business_are_not_in_it(full: World) -> None:
    answer = await full.get(FILE)
    for word in ("txn_1", "po_sample", "acct_sample", '"fee"'):
        assert word not in answer.text


async def test_what_the_roles_do_not_show_is_not_in_it(full: World) -> None:
    alone = Contact(contact_id=CONTACT, name="Visits Only", roles=("visits",))
    await full.apply(as_event(AutopaySwitchedOn, samples.autopay()))
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=(alone,)))
    held = await data(full)
    assert (len(held["visits"]), held["invoices"], held["payments"], held["autopay"]) == (1, [], [], [])


async def test_what_cannot_be_asked_for_now_is_said_to_be_unknown(full: World) -> None:
    full.passkeys.kept = full.cards.kept = None
    held = await data(full)
    assert (held["passkeys"], held["cards"]) == (None, None)


async def test_who_is_signed_out_is_led_to_sign_in(full: World) -> None:
    answer = await full.get(FILE, "")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/sign-in")


async def test_an_erased_customer_has_none(full: World) -> None:
    await full.apply(CustomerErased(business_id=BUSINESS, customer_id=CUSTOMER))
    assert (await full.get(FILE)).status_code == 303


async def test_too_many_downloads_in_an_hour_lead_back_with_a_word(full: World) -> None:
    for _ in range(full.settings.data_downloads_per_hour):
        await data(full)
    answer = await full.get(FILE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/settings#data")
