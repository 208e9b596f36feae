"""A customer who will be erased, described by every field that an event has for a person."""

from datetime import timedelta
from typing import Final

from chassis.clock import system_clock
from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentErased,
    AppointmentJob,
    AppointmentScheduled,
    AttachedFile,
    Cancellation,
    Completion,
    Contact,
    CustomerErased,
    CustomerRegistered,
    CustomerRevised,
    CustomerSite,
    Event,
    InvoiceErased,
    InvoiceIssued,
    InvoiceRevised,
    InvoiceSite,
    Line,
    PreferencesSet,
    Recipient,
    RequestAnswer,
    Service,
    Site,
    TaxGroup,
    TaxId,
    Window,
    as_event,
)
from servicehub_events_tools.testing import samples

from tests.chaos.actors.malformed_records import malformed
from tests.chaos.actors.record_stream import Sending, sending

BUSINESS, SLUG = "biz-sparkle", "sparkle-home"
CUSTOMER, CONTACT, INVOICE = "c-leaving", "p-leaving", "i-paid"
_IDS: Final = {"business_id": BUSINESS, "customer_id": CUSTOMER}
_APPOINTMENTS, _INVOICES = ("v-done", "v-off", "v-next"), (INVOICE, "i-open")
EMAIL, PHONE = "canary.mail@mail.example", "+12125550187"
PUBLISHED_WORDS: Final = (
    *("Canary-Name", "Canary-Reading", "Canary-Honorific", "Canary-Contact", "Canary-Site", "Canary-Street"),
    *("Canary-Service", "Canary-Instructions", "Canary-Summary", "Canary-Reason"),
    *("Canary-Job", "Canary-Order", "Canary-Photo", "canary-photo.jpg"),
    *("Canary-Line", "Canary-Memo", "Canary-Recipient", "Canary-Office", EMAIL, PHONE),
    *("Canary-Department", "Canary-Number", "Canary-Answer"),
)
"""What ServiceHub publishes of the person, in the events below."""
_ANSWERS: Final = (
    RequestAnswer(request_id="rq-1", outcome="replied", message="Canary-Answer", at=system_clock()),
)
CARDHOLDER: Final = {"name": "Canary-Cardholder", "email": "canary.payer@mail.example"}
"""What the person types at the processor's page; its webhooks repeat it."""


def described() -> list[Sending]:
    """All that ServiceHub has to say."""
    return _in_order(_customer(), _appointments(), _invoices())


def everything() -> list[Sending]:
    """All there is to say, and the preferences that the contact chose."""
    preferences = as_event(PreferencesSet, samples.preferences(), business_id=BUSINESS, contact_id=CONTACT)
    return [*described(), sending(preferences, 1)]


def unreadable() -> list[Sending]:
    """Some of it in records that nobody can read."""
    good = _in_order(_customer()[:1], _appointments()[:1], _invoices()[:1])
    return [Sending("malformed", malformed(one.record, 0)) for one in good]


def erasure() -> list[Sending]:
    """The last event of the customer: ids alone."""
    return [sending(CustomerErased(**_IDS), 20)]


def late() -> list[Sending]:
    """What was on its way meanwhile."""
    return _in_order(_appointments(), _invoices(), since=40)


def erasure_of_documents() -> list[Sending]:
    """The last events of the appointments and invoices, which come after that of the customer."""
    appointments: list[Event] = [AppointmentErased(**_IDS, appointment_id=name) for name in _APPOINTMENTS]
    invoices: list[Event] = [InvoiceErased(**_IDS, invoice_id=name) for name in _INVOICES]
    return _in_order(appointments, invoices, since=60)


def _in_order(*events: list[Event], since: int = 1) -> list[Sending]:
    return [sending(event, n) for n, event in enumerate((one for part in events for one in part), since)]


def _customer() -> list[Event]:
    fields = {
        **_IDS,
        "display_name": "Canary-Name",
        "reading": "Canary-Reading",
        "honorific": "Canary-Honorific",
        "contacts": (Contact(contact_id=CONTACT, name="Canary-Contact", email=EMAIL, phone=PHONE),),
        "sites": (CustomerSite(site_id="s-1", label="Canary-Site", address="Canary-Street 1"),),
        "answers": _ANSWERS,
    }
    return [as_event(kind, samples.customer(), **fields) for kind in (CustomerRegistered, CustomerRevised)]


def _appointments() -> list[Event]:
    start = system_clock() + timedelta(days=3)
    fields = {
        **_IDS,
        "service": Service(name="Canary-Service"),
        "window": Window(start=start, end=start + timedelta(hours=2), time_zone="America/New_York"),
        "site": Site(label="Canary-Site", address="Canary-Street 1"),
        "instructions": "Canary-Instructions",
        "job": AppointmentJob(id="job-leaving", name="Canary-Job"),
        "purchase_order": "Canary-Order",
        "attachments": (
            AttachedFile(
                id="f-leaving",
                url="https://files.example/canary-photo.jpg",
                title="Canary-Photo",
                kind="photo",
            ),
        ),
        "answers": _ANSWERS,
        "rescheduled_from": None,
        "invoice_ids": (),
    }

    def appointment(kind: type[Appointment], name: str, **more: object) -> Event:
        return as_event(kind, samples.appointment(), **fields, appointment_id=name, **more)

    done = {"status": "completed", "completed": Completion(at=start, summary="Canary-Summary")}
    off = {"status": "cancelled", "cancellation": Cancellation(at=start, reason="Canary-Reason")}
    return [
        *(appointment(AppointmentScheduled, name) for name in _APPOINTMENTS),
        appointment(AppointmentCompleted, "v-done", **done),
        appointment(AppointmentCancelled, "v-off", **off),
    ]


def _invoices() -> list[Event]:
    fields = {
        **_IDS,
        "currency": "USD",
        "lines": (Line(description="Canary-Line", quantity="1", unit_price=5000, amount=5000, tax_rate="0"),),
        "discounts": (),
        "tax_groups": (TaxGroup(rate="0", net=5000, tax=0),),
        "total": 5000,
        "deposit": None,
        "recorded_payments": (),
        "recipient": Recipient(
            name="Canary-Recipient",
            address="Canary-Office 2",
            department="Canary-Department",
            honorific="Canary-Honorific",
            tax_ids=(TaxId(name="VAT number", value="Canary-Number"),),
        ),
        "site": InvoiceSite(label="Canary-Site", site_id="s-1"),
        "purchase_order": "Canary-Order",
        "memo": "Canary-Memo",
    }
    kinds = (InvoiceIssued, InvoiceRevised)
    return [
        as_event(kind, samples.invoice(), **fields, invoice_id=name, number=name)
        for name in _INVOICES
        for kind in kinds
    ]
