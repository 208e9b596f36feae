"""A customer who will be erased: every service hears of every word that events may hold about a person."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from aiokafka import AIOKafkaProducer
from chassis.clock import system_clock
from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentErased,
    AppointmentScheduled,
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
    Service,
    Site,
    TaxGroup,
    Window,
    as_event,
    encode_event,
    event_type,
    partition_for,
    topic_of,
)
from servicehub_events.publisher import Publication, Publisher
from servicehub_events_tools.testing import samples

BUSINESS, SLUG = "biz-sparkle", "sparkle-home"
CUSTOMER, CONTACT, BILL = "c-leaving", "p-leaving", "i-paid"
_THEIRS: Final = {"business_id": BUSINESS, "customer_id": CUSTOMER}
_VISITS, _BILLS = ("v-done", "v-off", "v-next"), (BILL, "i-open")
EMAIL, PHONE = "canary.mail@mail.example", "+12125550187"
TOLD: Final = (
    *("Canary-Name", "Canary-Reading", "Canary-Honorific", "Canary-Contact", "Canary-Site", "Canary-Street"),
    *("Canary-Service", "Canary-Instructions", "Canary-Summary", "Canary-Reason"),
    *("Canary-Line", "Canary-Memo", "Canary-Recipient", "Canary-Office", EMAIL, PHONE),
)
"""What ServiceHub says of the person, in the events below."""
PAYER: Final = {"name": "Canary-Cardholder", "email": "canary.payer@mail.example"}
"""What the person types at the processor's page; its notices repeat it."""


async def introduce(bootstrap: str) -> None:
    """Say all there is to say, and what the contact chose."""
    chosen = as_event(PreferencesSet, samples.preferences(), business_id=BUSINESS, contact_id=CONTACT)
    await _publish(bootstrap, "/servicehub/core", [*_people(), *_visits(), *_bills()])
    await _publish(bootstrap, "/portal/notifier", [chosen])


async def stumble(bootstrap: str) -> None:
    """Say some of it in records that nobody can read, in the partitions where they belong."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for event in (_people()[0], _visits()[0], _bills()[0]):
        topic = topic_of(type(event))
        key = f"{BUSINESS}/{getattr(event, topic.id_field)}".encode()
        headers = [("ce_type", event_type(type(event)).encode())]
        partitions = len(await producer.partitions_for(topic.name))  # pyright: ignore[reportUnknownMemberType]  # aiokafka
        cut_off = encode_event(event)[:-1]
        await producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]  # aiokafka
            topic.name, cut_off, key, partition_for(key, partitions), headers=headers
        )
    await producer.stop()


async def erase(bootstrap: str) -> None:
    """The last word on the customer: ids alone."""
    await _publish(bootstrap, "/servicehub/core", [CustomerErased(**_THEIRS)], since=20)


async def echo(bootstrap: str) -> None:
    """Words on visits and bills that were on their way meanwhile."""
    await _publish(bootstrap, "/servicehub/core", [*_visits(), *_bills()], since=40)


async def erase_the_rest(bootstrap: str) -> None:
    """The last word on the visits and the bills, which ServiceHub says after that on the customer."""
    visits = [AppointmentErased(**_THEIRS, appointment_id=name) for name in _VISITS]
    bills = [InvoiceErased(**_THEIRS, invoice_id=name) for name in _BILLS]
    await _publish(bootstrap, "/servicehub/core", [*visits, *bills], since=60)


async def _publish(bootstrap: str, source: str, events: Sequence[Event], since: int = 1) -> None:
    async with Publisher(bootstrap, source=source) as publisher:
        await publisher.publish_all([Publication(event, sequence=n) for n, event in enumerate(events, since)])


def _people() -> list[Event]:
    said = {
        **_THEIRS,
        "display_name": "Canary-Name",
        "reading": "Canary-Reading",
        "honorific": "Canary-Honorific",
        "contacts": (Contact(contact_id=CONTACT, name="Canary-Contact", email=EMAIL, phone=PHONE),),
        "sites": (CustomerSite(site_id="s-1", label="Canary-Site", address="Canary-Street 1"),),
    }
    return [as_event(kind, samples.customer(), **said) for kind in (CustomerRegistered, CustomerRevised)]


def _visits() -> list[Event]:
    start = system_clock() + timedelta(days=3)
    said = {
        **_THEIRS,
        "service": Service(name="Canary-Service"),
        "window": Window(start=start, end=start + timedelta(hours=2), time_zone="America/New_York"),
        "site": Site(label="Canary-Site", address="Canary-Street 1"),
        "instructions": "Canary-Instructions",
        "rescheduled_from": None,
        "invoice_ids": (),
    }

    def visit(kind: type[Appointment], name: str, **more: object) -> Event:
        return as_event(kind, samples.appointment(), **said, appointment_id=name, **more)

    done = {"status": "completed", "completed": Completion(at=start, summary="Canary-Summary")}
    off = {"status": "cancelled", "cancellation": Cancellation(at=start, reason="Canary-Reason")}
    return [
        *(visit(AppointmentScheduled, name) for name in _VISITS),
        visit(AppointmentCompleted, "v-done", **done),
        visit(AppointmentCancelled, "v-off", **off),
    ]


def _bills() -> list[Event]:
    said = {
        **_THEIRS,
        "currency": "USD",
        "lines": (Line(description="Canary-Line", quantity="1", unit_price=5000, amount=5000, tax_rate="0"),),
        "discounts": (),
        "tax_groups": (TaxGroup(rate="0", net=5000, tax=0),),
        "total": 5000,
        "deposit": None,
        "recorded_payments": (),
        "recipient": Recipient(name="Canary-Recipient", address="Canary-Office 2"),
        "site": InvoiceSite(label="Canary-Site"),
        "memo": "Canary-Memo",
    }
    kinds = (InvoiceIssued, InvoiceRevised)
    return [
        as_event(kind, samples.invoice(), **said, invoice_id=name, number=name)
        for name in _BILLS
        for kind in kinds
    ]
