"""Which events make a message, for how long, and to whom."""

from datetime import datetime, timedelta

import msgspec
import pytest
from code_samples import NOW, business_event
from hypothesis import given
from hypothesis import strategies as st
from notification_samples import appointment, appointment_in, envelopes, invoice, payment
from notifier.domain.facts import Facts, source_of
from notifier.domain.kinds import KINDS, RULES, MessageKind
from notifier.domain.notifications import kinds_of, next_look, still_applies, withheld
from notifier.domain.recipients import ContactPreferences, NotifiedContact, language_of, recipients
from servicehub_events import (
    AppointmentCancelled,
    AppointmentEnRoute,
    AppointmentRescheduled,
    AppointmentStarted,
    Event,
    InvoiceRevised,
    InvoiceVoided,
    InvoiceWrittenOff,
    Review,
    StaffAssigned,
)

ANN = NotifiedContact(contact_id="co-ann", email="ann@example.com")
BEN = NotifiedContact(contact_id="co-ben", email="ben@example.com", roles=("visits",))
CAT = NotifiedContact(contact_id="co-cat", email="cat@example.com", roles=("invoices", "pay"))
CONTACTS = (ANN, BEN, CAT)
MINUTE = timedelta(minutes=1)


def facts_of(event: Event) -> Facts:
    source = source_of(event)
    assert source is not None
    assert source.facts is not None
    return source.facts


def names(
    kind: MessageKind, preferences: dict[str, ContactPreferences] | None = None, payer: str | None = None
) -> list[str]:
    return [way.contact.contact_id for way in recipients(kind, CONTACTS, preferences or {}, payer)]


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (appointment(), "visit_confirmed"),
        (appointment(AppointmentRescheduled), "visit_changed"),
        (appointment(AppointmentCancelled), "visit_cancelled"),
        (invoice(), "invoice_issued"),
        (payment(), "receipt"),
        (appointment(StaffAssigned), "staff_changed"),
        (appointment(AppointmentEnRoute, status="en_route"), "visit_on_its_way"),
        (appointment(AppointmentStarted, status="started"), None),
        (invoice(InvoiceRevised), "invoice_changed"),
        (invoice(InvoiceVoided, status="void"), "invoice_voided"),
        (invoice(InvoiceWrittenOff, status="uncollectible"), None),
        (business_event(), None),
    ],
)
def test_these_events_make_a_message_and_no_others(event: Event, kind: MessageKind | None) -> None:
    source = source_of(event)
    kinds = kinds_of(event, source.facts if source else None, None)
    assert kinds == ([(kind, "")] if kind else [])


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(days=7), None),
        (timedelta(days=7, seconds=1), "old"),
        (-MINUTE, None),  # a publisher's clock runs ahead
    ],
)
def test_an_invoice_is_worth_a_message_for_a_week(age: timedelta, reason: str | None) -> None:
    (envelope,) = envelopes(invoice(), age=age)
    assert withheld(envelope, "invoice_issued", facts_of(invoice()), NOW) == reason


@pytest.mark.parametrize(
    ("event", "kind", "age", "reason"),
    [
        (appointment(), "visit_confirmed", timedelta(days=20), None),
        (appointment_in(-1), "visit_changed", timedelta(), "old"),
        (appointment(), "visit_on_its_way", 20 * MINUTE, None),
        (appointment(), "visit_on_its_way", 21 * MINUTE, "old"),
        (appointment_in(-1), "visit_missed", 23 * 60 * MINUTE, None),
        (appointment_in(-1), "visit_completed", 25 * 60 * MINUTE, "old"),
    ],
)
def test_each_news_of_a_visit_has_its_last_moment(
    event: Event, kind: MessageKind, age: timedelta, reason: str | None
) -> None:
    (envelope,) = envelopes(event, age=age)
    assert withheld(envelope, kind, facts_of(event), NOW) == reason


def test_what_happened_before_there_was_a_notifier_is_told_to_nobody() -> None:
    (envelope,) = envelopes(appointment(), age=MINUTE)
    assert withheld(envelope, "visit_confirmed", facts_of(appointment()), NOW, NOW) == "history"
    assert withheld(envelope, "visit_confirmed", facts_of(appointment()), NOW, NOW - MINUTE) is None


@pytest.mark.parametrize("event", [appointment(), appointment(AppointmentCancelled), invoice(), payment()])
@pytest.mark.parametrize("age", [timedelta(), 90 * MINUTE])
def test_what_is_marked_as_no_news_is_told_to_nobody_however_new(event: Event, age: timedelta) -> None:
    (envelope,) = envelopes(event, age=age)
    quiet = msgspec.structs.replace(envelope, quiet=True)
    assert withheld(quiet, "visit_confirmed", facts_of(event), NOW) == "quiet"


@given(waited=st.timedeltas(timedelta(0), 9 * MINUTE))
def test_what_is_missing_is_looked_for_soon_again(waited: timedelta) -> None:
    again = next_look(NOW - waited, NOW)
    assert isinstance(again, datetime)
    assert timedelta(seconds=2) <= again - NOW <= timedelta(seconds=15)


def test_what_is_missing_for_ten_minutes_is_given_up() -> None:
    assert next_look(NOW - 10 * MINUTE, NOW) is None


def test_it_goes_to_those_who_have_the_role() -> None:
    assert names("visit_changed") == ["co-ann", "co-ben"]
    assert names("invoice_issued") == ["co-ann", "co-cat"]
    assert names("receipt") == ["co-ann", "co-cat"]


def test_who_may_pay_sees_invoices_and_is_mailed_each_of_them() -> None:
    payer = NotifiedContact(contact_id="co-pay", email="pay@example.com", roles=("pay",))
    assert recipients("invoice_issued", (BEN, payer), {}, None) == [(payer, "email")]
    texted = NotifiedContact(contact_id="co-sms", email="", phone="+81300000142", roles=("invoices",))
    assert recipients("invoice_issued", (BEN, texted), {}, None) == [(texted, "sms")]
    assert recipients("visit_confirmed", (BEN, payer), {}, None) == [(BEN, "email")]


def test_a_receipt_goes_to_who_paid_also_if_they_decline_it() -> None:
    assert names("receipt", payer="co-cat") == ["co-cat"]
    assert names("receipt", {"co-cat": ContactPreferences(kinds={"receipt": False})}, "co-cat") == ["co-cat"]
    assert names("receipt", payer="co-gone") == ["co-ann", "co-cat"]


def test_a_reminder_of_money_goes_to_nobody_else_if_who_pays_declines_it() -> None:
    declined = {"co-cat": ContactPreferences(kinds={"voucher_reminder": False})}
    assert names("voucher_reminder", declined, "co-cat") == []


def test_only_a_plain_no_holds_a_message_back() -> None:
    assert names("visit_confirmed", {"co-ann": ContactPreferences(kinds={"visit_confirmed": False})}) == [
        "co-ben"
    ]
    chosen = ContactPreferences(kinds={"visit_changed": False, "visit_confirmed": True})
    preferences = {"co-ann": chosen, "co-ben": ContactPreferences()}
    assert names("visit_confirmed", preferences) == ["co-ann", "co-ben"]


def test_one_address_gets_one_mail() -> None:
    twin = NotifiedContact(contact_id="co-twin", email="ANN@example.com")
    declined = {"co-ann": ContactPreferences(kinds={"voucher_reminder": False})}
    assert recipients("voucher_reminder", (ANN, twin), declined, None) == [(twin, "email")]
    assert recipients("voucher_reminder", (ANN, twin), {}, None) == [(ANN, "email")]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_goes_to_who_may_do_everything_and_to_who_has_its_role(kind: MessageKind) -> None:
    everybody = ["co-ann", "co-ben", "co-cat"]  # what is for one contact alone is so whatever their roles
    by_role = (["co-ann", "co-ben"], ["co-ann", "co-cat"])
    assert names(kind) == everybody if RULES[kind].role is None else names(kind) in by_role


@pytest.mark.parametrize(
    ("kind", "event", "told"),
    [
        ("receipt", payment(), True),
        ("receipt", payment(review=Review(reason="amount")), False),
    ],
)
def test_only_what_is_still_true_is_told(kind: MessageKind, event: Event, told: bool) -> None:
    assert still_applies(kind, facts_of(event), NOW) is told


@pytest.mark.parametrize(
    ("chosen", "own", "expected"),
    [("en", "ja", "en"), (None, "en-GB", "en"), ("la", "en", "en"), (None, "la", "ja"), (None, None, "ja")],
)
def test_the_language_is_chosen_own_or_the_businesss(
    chosen: str | None, own: str | None, expected: str
) -> None:
    contact = NotifiedContact(contact_id="co-1", email="a@example.com", locale=own)
    preferences = {"co-1": ContactPreferences(locale=chosen)}
    assert language_of(business_event(), contact, preferences) == expected


def test_a_business_that_offers_english_alone_writes_english() -> None:
    contact = NotifiedContact(contact_id="co-1", email="a@example.com", locale="ja")
    english = business_event(locales=("en-US",), default_locale="en-US")
    assert language_of(english, contact, {"co-1": ContactPreferences(locale="ja")}) == "en"
