"""What happened to a customer, as the topics of ServiceHub and billing tell it."""

from datetime import UTC, datetime, timedelta

from code_samples import NOW
from msgspec.structs import replace
from portal_testing.envelopes import envelope_of
from servicehub_events import (
    Appointment,
    AppointmentScheduled,
    Contact,
    CustomerRevised,
    Envelope,
    Event,
    FormerWindow,
    Invoice,
    InvoiceIssued,
    Payment,
    PaymentCaptured,
    PreferencesSet,
    RequestMade,
    Window,
    as_event,
)
from servicehub_events_tools.testing import samples


def contact(name: str, /, *, locale: str = "en", **changes: object) -> Contact:
    """A contact with the address `name`@example.com, who may do everything."""
    made = Contact(contact_id=f"co-{name}", name=name.title(), email=f"{name}@example.com", locale=locale)
    return replace(made, **changes)


def customer(*contacts: Contact, **changes: object) -> CustomerRevised:
    """A customer with these contacts."""
    given = {"locale": None, "contacts": contacts, **changes}
    return as_event(CustomerRevised, samples.customer(), **given)


def appointment(cls: type[Appointment] = AppointmentScheduled, /, **changes: object) -> Appointment:
    """An appointment of two hours in three days, moved there from the day before."""
    return appointment_in(3, cls, **changes)


def appointment_in(
    days: int, cls: type[Appointment] = AppointmentScheduled, /, **changes: object
) -> Appointment:
    """An appointment of two hours so many days ahead, at 00:00 UTC, moved there from the day before."""
    start, hours = NOW + timedelta(days=days), timedelta(hours=2)
    former = FormerWindow(start=start - timedelta(days=1, hours=1), end=start - timedelta(days=1), at=NOW)
    given = {
        "window": Window(start=start, end=start + hours, time_zone="Asia/Tokyo"),
        "rescheduled_from": former,
        **changes,
    }
    return as_event(cls, samples.appointment(), **given)


def soon(cls: type[Appointment] = AppointmentScheduled, /, **changes: object) -> Appointment:
    """A visit so soon, by the real clock, that its news does not wait for more."""
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    window = Window(start=start, end=start + timedelta(hours=2), time_zone="Asia/Tokyo")
    return appointment(cls, window=window, **changes)


def invoice(cls: type[Invoice] = InvoiceIssued, /, **changes: object) -> Invoice:
    """An invoice of ¥17,560, of which ¥15,180 are still to pay."""
    return as_event(cls, samples.invoice(), **changes)


def payment(cls: type[Payment] = PaymentCaptured, /, **changes: object) -> Payment:
    """¥10,000 by Visa for one invoice."""
    return as_event(cls, samples.payment(), **{"refunds": (), "contact_id": None, **changes})


def request_made(contact_id: str = "co-ann", **changes: object) -> RequestMade:
    """A contact asks for something in words."""
    given: dict[str, object] = {
        "business_id": samples.BUSINESS,
        "request_id": "rq-1",
        "customer_id": "cu-1",
        "kind": "message",
        "status": "open",
        "sent_at": NOW,
        "locale": "en",
        "contact_id": contact_id,
        **changes,
    }
    return RequestMade(**given)  # pyright: ignore[reportArgumentType] # a test's fields


def preferences(contact_id: str, **changes: object) -> PreferencesSet:
    """What a contact chose; nothing unless said."""
    given = {"contact_id": contact_id, "locale": None, "kinds": dict[str, bool](), **changes}
    return as_event(PreferencesSet, samples.preferences(), **given)


def envelopes(*events: Event, version: int = 1, age: timedelta = timedelta()) -> list[Envelope]:
    """The events, of one version, as they were published so long ago."""
    return [envelope_of(event, version, time=NOW - age) for event in events]
