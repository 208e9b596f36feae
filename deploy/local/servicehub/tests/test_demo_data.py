"""The demo data is right whatever the day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servicehub_events import (
    Appointment,
    Customer,
    Envelope,
    Event,
    Invoice,
    decode,
    encode,
    invoice_money,
    topic_of,
    uuid7,
)
from stand_in_servicehub.demo import Demo, load_all

DEMO = load_all()
SPARKLE, HIKARI = DEMO["biz-sparkle"], DEMO["biz-hikari"]
A_DAY = date(2026, 11, 20)
days = st.dates(date(2024, 1, 1), date(2040, 12, 31))
businesses = st.sampled_from([SPARKLE, HIKARI])


def states(demo: Demo, today: date = A_DAY) -> list[Event]:
    return [event for event, _ in demo.events(today)]


def invoices(demo: Demo) -> dict[str, Invoice]:
    return {event.invoice_id: event for event in states(demo) if isinstance(event, Invoice)}


def ids(demo: Demo) -> set[tuple[str, str]]:
    events = states(demo)
    own = {
        (topic_of(type(event)).name, str(getattr(event, topic_of(type(event)).id_field))) for event in events
    }
    customers = [event for event in events if isinstance(event, Customer)]
    contacts = {(c.customer_id, contact.contact_id) for c in customers for contact in c.contacts}
    return own | contacts


def emails(demo: Demo) -> list[str]:
    customers = [event for event in states(demo) if isinstance(event, Customer)]
    return [contact.email for customer in customers for contact in customer.contacts if contact.email]


@settings(max_examples=40, deadline=None)
@given(demo=businesses, today=days)
def test_every_event_keeps_the_contract_on_any_day(demo: Demo, today: date) -> None:
    for event, moment in demo.events(today):
        envelope = Envelope(
            event=event,
            id=str(uuid7()),
            source=topic_of(type(event)).source,
            time=moment,
            sequence=1,
        )
        record = encode(envelope)
        back = decode(topic=record.topic, key=record.key, headers=record.headers, value=record.value)
        assert back.event == event


@settings(max_examples=100, deadline=None)
@given(demo=businesses, today=days)
def test_seeding_is_no_news_even_just_after_midnight(demo: Demo, today: date) -> None:
    midnight = datetime.combine(today, time(), ZoneInfo(demo.profile.portal.time_zone)).astimezone(UTC)
    for _, moment in demo.events(today):
        assert moment <= midnight - timedelta(hours=1)


@settings(max_examples=20, deadline=None)
@given(demo=businesses, today=days)
def test_what_is_over_lies_in_the_past_and_what_comes_does_not(demo: Demo, today: date) -> None:
    for event in states(demo, today):
        if isinstance(event, Appointment):
            day = event.window.start.date()
            assert day < today if event.status in ("completed", "missed") else day >= today
        if isinstance(event, Invoice):
            assert event.issued_on <= today
            assert all(payment.received_on <= today for payment in event.recorded_payments)


@given(demo=businesses, today=days)
@settings(max_examples=10, deadline=None)
def test_the_same_day_gives_the_same_data(demo: Demo, today: date) -> None:
    assert demo.events(today) == demo.events(today)


def test_both_businesses_use_the_same_ids() -> None:
    assert ids(SPARKLE) == ids(HIKARI)


@pytest.mark.parametrize("demo", DEMO.values(), ids=list(DEMO))
def test_references_lead_to_something_of_the_same_customer(demo: Demo) -> None:
    events = states(demo)
    owner = {e.appointment_id: e.customer_id for e in events if isinstance(e, Appointment)}
    customers = {e.customer_id for e in events if isinstance(e, Customer)}
    assert set(owner.values()) <= customers
    for invoice in invoices(demo).values():
        assert invoice.customer_id in customers
        assert all(owner[visit] == invoice.customer_id for visit in invoice.appointment_ids)
    for visit in events:
        if isinstance(visit, Appointment):
            assert all(visit.appointment_id in invoices(demo)[i].appointment_ids for i in visit.invoice_ids)


@pytest.mark.parametrize("demo", DEMO.values(), ids=list(DEMO))
def test_one_address_leads_to_two_customers_of_a_business(demo: Demo) -> None:
    found = emails(demo)
    assert [address for address in set(found) if found.count(address) == 2] != []


def test_one_address_is_known_to_both_businesses() -> None:
    assert set(emails(SPARKLE)) & set(emails(HIKARI)) == {"aoi@mail.example"}


@pytest.mark.parametrize("demo", DEMO.values(), ids=list(DEMO))
def test_every_state_of_an_invoice_that_a_business_can_bring_about_is_there(demo: Demo) -> None:
    found = {invoice_money(invoice, []).state for invoice in invoices(demo).values()}
    assert found == {"due", "partly_paid", "paid", "void", "uncollectible"}


@pytest.mark.parametrize("demo", DEMO.values(), ids=list(DEMO))
def test_every_state_of_a_visit_is_there(demo: Demo) -> None:
    found = {event.status for event in states(demo) if isinstance(event, Appointment)}
    assert found == {"scheduled", "en_route", "completed", "missed", "cancelled"}


def test_the_japanese_business_issues_qualified_invoices_with_two_rates() -> None:
    invoice = invoices(HIKARI)["inv-1047"]
    assert invoice.issuer.registration_number
    assert [(group.rate, group.net, group.tax) for group in invoice.tax_groups] == [
        ("10", 46_000, 4_600),
        ("8", 2_000, 160),
    ]
    assert invoice.total == 52_760
    assert [line.reduced_rate for line in invoice.lines] == [False, False, True]


def test_the_american_business_rounds_its_tax_once() -> None:
    invoice = invoices(SPARKLE)["inv-1047"]
    assert [(group.rate, group.tax) for group in invoice.tax_groups] == [("8.875", 3_994), ("0", 0)]
    assert invoice.total == 51_994


@pytest.mark.parametrize(
    ("demo", "account", "currency"), [(SPARKLE, "acct_sparkle", "USD"), (HIKARI, "acct_hikari", "JPY")]
)
def test_both_businesses_can_be_paid(demo: Demo, account: str, currency: str) -> None:
    assert (demo.profile.portal.stripe_account, demo.profile.portal.currency) == (account, currency)


@settings(max_examples=20, deadline=None)
@given(demo=businesses, today=days)
def test_there_is_something_to_pay_of_every_kind(demo: Demo, today: date) -> None:
    bills = [event for event in states(demo, today) if isinstance(event, Invoice)]
    due = [bill for bill in bills if invoice_money(bill, []).amount_due > 0]
    assert any(invoice_money(bill, []).wants_deposit(today) for bill in due)
    assert any(bill.partial_payment and bill.partial_payment.minimum for bill in due)
    assert any(not bill.deposit and not bill.partial_payment and not bill.recorded_payments for bill in due)
    whose = [(bill.customer_id, bill.currency) for bill in due]
    assert any(whose.count(each) > 1 for each in whose)
