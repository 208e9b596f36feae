"""From an event to its rows: what is kept, and that nobody's name or address is."""

import msgspec
import pytest
from chassis.identity.changes import customer_of, erasure_of
from chassis.identity.rows import business_rows, customer_row, session_end_row
from portal_testing.envelopes import envelope_of
from portal_testing.identity.samples import EXPIRES, business, customer, ended, erased, signed_in
from servicehub_events import (
    LARGEST_SEQUENCE,
    AppointmentErased,
    AppointmentScheduled,
    CustomerRegistered,
    Envelope,
    Event,
    InvoiceErased,
    InvoiceIssued,
    PaymentCaptured,
    PreferencesSet,
    as_event,
)
from servicehub_events_tools.testing import samples
from servicehub_events_tools.testing.every import sample_envelopes

IDS = {"business_id": "b-1", "customer_id": "cu-1"}


def test_a_business_is_kept_whole_with_every_slug_at_its_version() -> None:
    state = business("b-1", "new", "old", "older")
    rows = business_rows(envelope_of(state, 7))
    assert rows
    assert msgspec.json.decode(msgspec.json.encode(rows.business["state"]), type=type(state)) == state
    assert (rows.business["business_id"], rows.business["version"]) == ("b-1", 7)
    slugs = [{"business_id": "b-1", "version": 7, "slug": slug} for slug in ("new", "old", "older")]
    assert list(rows.slugs) == slugs


def test_nothing_of_a_customer_but_ids_and_rights_is_kept() -> None:
    row = customer_row(envelope_of(as_event(CustomerRegistered, samples.customer()), 3))
    rights = {"portal_access": True, "erased": False, "contacts": {"co-1": ("visits", "invoices", "pay")}}
    assert row == {**IDS, "version": 3, **rights}


def test_roles_left_out_are_not_the_same_as_no_roles() -> None:
    row = customer_row(envelope_of(customer(contacts={"co-1": None, "co-2": ()})))
    assert row
    assert row["contacts"] == {"co-1": None, "co-2": ()}


def test_an_erasure_outranks_every_version_and_keeps_no_contact() -> None:
    row = customer_row(envelope_of(erased(), 3))
    rights: dict[str, object] = {"portal_access": False, "erased": True, "contacts": {}}
    assert row == {**IDS, "version": LARGEST_SEQUENCE, **rights}


def test_the_end_of_a_session_is_kept_with_whose_it_was_and_why() -> None:
    row = session_end_row(envelope_of(ended(signed_in(), "switched"), 2))
    ids = {**IDS, "session_id": "se-1", "contact_id": "co-1"}
    assert row == {**ids, "version": 2, "expires_at": EXPIRES, "reason": "switched"}


def test_a_session_that_goes_on_has_no_row() -> None:
    assert session_end_row(envelope_of(signed_in())) is None


@pytest.mark.parametrize("envelope", sample_envelopes(), ids=lambda envelope: envelope.type)
def test_each_event_has_the_rows_of_its_own_kind_alone(envelope: Envelope) -> None:
    rows = {
        "portal.businesses.v1": business_rows(envelope),
        "servicehub.customers.v1": customer_row(envelope),
        "portal.sessions.v1": session_end_row(envelope),
    }
    assert {topic for topic, row in rows.items() if row} <= {envelope.topic}


@pytest.mark.parametrize(
    ("event", "left"),
    [
        (as_event(InvoiceIssued, samples.invoice()), InvoiceErased(invoice_id="in-1", **IDS)),
        (
            as_event(AppointmentScheduled, samples.appointment()),
            AppointmentErased(appointment_id="ap-1", **IDS),
        ),
        (InvoiceErased(invoice_id="in-1", **IDS), InvoiceErased(invoice_id="in-1", **IDS)),
    ],
)
def test_of_an_erased_customers_event_the_ids_are_left_at_its_version(event: Event, left: Event) -> None:
    envelope = envelope_of(event, 4)
    rest = erasure_of(envelope)
    assert rest == msgspec.structs.replace(envelope, event=left)
    assert rest
    assert rest.key == envelope.key


def test_nothing_is_left_of_an_event_whose_kind_has_no_erasure() -> None:
    assert erasure_of(envelope_of(as_event(PaymentCaptured, samples.payment()))) is None


def test_an_event_belongs_to_the_customer_it_names() -> None:
    assert customer_of(envelope_of(as_event(InvoiceIssued, samples.invoice()))) == ("b-1", "cu-1")
    assert customer_of(envelope_of(as_event(PreferencesSet, samples.preferences()))) is None
