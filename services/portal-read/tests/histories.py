"""Histories of two businesses with equal ids everywhere: changes, erasures, money, repeats, in any order."""

import random

from portal_testing.envelopes import envelope_of
from servicehub_events import (
    Allocation,
    AppointmentCancelled,
    AppointmentErased,
    AppointmentRescheduled,
    AppointmentScheduled,
    BrandingRevised,
    CustomerErased,
    CustomerRegistered,
    CustomerRevised,
    Envelope,
    Erased,
    Event,
    InvoiceErased,
    InvoiceIssued,
    InvoiceRevised,
    InvoiceVoided,
    MessageFailed,
    MessageSent,
    PaymentCaptured,
    PaymentFlagged,
    PaymentProcessing,
    PortalEnabled,
    PreferencesSet,
    Review,
    SessionRevoked,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples
from servicehub_events_tools.testing.every import sample_envelopes

_CUSTOMERS = ("cu-1", "cu-2", "cu-3")
_REVOKED = next(e.event for e in sample_envelopes() if isinstance(e.event, SessionRevoked))


def history(dice: random.Random, length: int = 60) -> list[Envelope]:
    """A log with some records repeated. Versions rise with the position in the list."""
    log = [envelope_of(any_event(dice), number) for number in range(1, length + 1)]
    return log + dice.sample(log, length // 4)


def lawful(dice: random.Random, length: int = 80) -> list[Envelope]:
    """As publishers must: versions rise, and an erasure is the last record of its key."""
    log: list[Envelope] = []
    erased: set[tuple[str, bytes]] = set()
    for number in range(1, length + 1):
        each = envelope_of(any_event(dice), number)
        if (each.topic, each.key) not in erased:
            log.append(each)
        if isinstance(each.event, Erased):
            erased.add((each.topic, each.key))
    return log


def any_event(dice: random.Random) -> Event:
    """Something that may happen to one of few businesses, customers and ids."""
    business, customer = dice.choice(("b-1", "b-2")), dice.choice(_CUSTOMERS)
    number = dice.randint(1, 3)
    both = {"business_id": business, "customer_id": customer}
    return dice.choice((_person, _visit, _invoice, _payment, _message))(dice, both, number)


def _person(dice: random.Random, both: dict[str, str], number: int) -> Event:
    business = both["business_id"]
    session = {**both, "session_id": f"se-{number}"}
    former = tuple(dice.sample(("old-one", "old-two", "old-three"), dice.randint(0, 2)))
    slug = f"slug-{dice.randint(1, 3)}-{business}"
    brand = {"business_id": business, "slug": slug, "former_slugs": former}
    return dice.choice(
        (
            as_event(CustomerRegistered, samples.customer(), **both),
            as_event(CustomerRevised, samples.customer(), **both, display_name=f"Name {number}"),
            CustomerErased(**both),
            as_event(SignedIn, samples.session(), **session),
            as_event(SessionRevoked, _REVOKED, **session),
            as_event(PreferencesSet, samples.preferences(), business_id=business, contact_id=f"co-{number}"),
            as_event(PortalEnabled, samples.business(), **brand),
            as_event(BrandingRevised, samples.business(), **brand),
        )
    )


def _visit(dice: random.Random, both: dict[str, str], number: int) -> Event:
    ids = {**both, "appointment_id": f"ap-{number}"}
    return dice.choice(
        (
            as_event(AppointmentScheduled, samples.appointment(), **ids),
            as_event(AppointmentRescheduled, samples.appointment(), **ids),
            as_event(AppointmentCancelled, samples.appointment(), **ids, status="cancelled"),
            AppointmentErased(**ids),
        )
    )


def _invoice(dice: random.Random, both: dict[str, str], number: int) -> Event:
    ids = {**both, "invoice_id": f"in-{number}"}
    return dice.choice(
        (
            as_event(InvoiceIssued, samples.invoice(), **ids),
            as_event(InvoiceRevised, samples.invoice(), **ids, recorded_payments=()),
            as_event(InvoiceVoided, samples.invoice(), **ids, status="void"),
            InvoiceErased(**ids),
        )
    )


def _payment(dice: random.Random, both: dict[str, str], number: int) -> Event:
    currency = dice.choice(("JPY", "JPY", "JPY", "USD"))
    ids = {**both, "payment_id": f"pa-{number}", "refunds": (), "currency": currency}
    chosen = dice.sample(("in-1", "in-2", "in-3"), dice.randint(1, 2))
    amounts = [dice.choice((5000, 15180, 17560)) for _ in chosen]
    parts = tuple(
        Allocation(invoice_id=i, invoice_version=1, amount=a) for i, a in zip(chosen, amounts, strict=True)
    )
    paid = as_event(PaymentCaptured, samples.payment(), **ids, allocations=parts, amount=sum(amounts))
    return dice.choice(
        (
            paid,
            paid,
            as_event(PaymentProcessing, paid, status="processing"),
            as_event(PaymentFlagged, paid, review=Review(reason="amount")),
        )
    )


def _message(dice: random.Random, both: dict[str, str], number: int) -> Event:
    """A message is to one person about one thing, whatever becomes of it."""
    about = ({"invoice_id": "in-1"}, {"payment_id": "pa-1"}, {"appointment_id": "ap-1"})[number - 1]
    to = {**both, "customer_id": _CUSTOMERS[number % len(_CUSTOMERS)]}
    ids = {**to, "message_id": f"me-{number}", "invoice_id": None, **about}
    return dice.choice(
        (
            as_event(MessageSent, samples.message(), **ids),
            as_event(MessageFailed, samples.message(), **ids, error="smtp_550"),
        )
    )
