"""Which events make a message, for how long it is worth sending, whether it still applies, whom it concerns.

Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from chassis.words.languages import LOCALES, SOURCE_LOCALE, offered_locale
from servicehub_events import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentScheduled,
    Business,
    Customer,
    Envelope,
    Event,
    InvoiceIssued,
    PaymentCaptured,
    Role,
    has_role,
)

from notifier.domain.facts import Aggregate, AppointmentFacts, Facts, InvoiceFacts, PaymentFacts

MessageKind = Literal["visit_confirmed", "visit_changed", "visit_cancelled", "invoice_issued", "receipt"]
"""As preferences name them too."""

SENT_WITHIN: Final = timedelta(hours=1)
"""What happened longer ago is stored and mails nobody: a first start on an old log, the end of an outage.

Not for imports: those are marked (`Envelope.quiet`), however new they are.
"""

Withheld = Literal["quiet", "old"]
"""Why an event is told to nobody."""

WAITS_FOR: Final = timedelta(minutes=10)
"""How long a notification waits for a business, a customer or an invoice of which nothing is known yet."""

TRIED_FOR: Final = timedelta(hours=1)
"""How long a message is tried once its recipients are settled."""

_KINDS: Final[dict[type[Event], MessageKind]] = {
    AppointmentScheduled: "visit_confirmed",
    AppointmentRescheduled: "visit_changed",
    AppointmentCancelled: "visit_cancelled",
    InvoiceIssued: "invoice_issued",
    PaymentCaptured: "receipt",
}
_ROLES: Final[dict[MessageKind, Role]] = {
    "visit_confirmed": "visits",
    "visit_changed": "visits",
    "visit_cancelled": "visits",
    "invoice_issued": "invoices",
    "receipt": "pay",
}
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=2), timedelta(seconds=15)


class PendingNotification(msgspec.Struct, frozen=True, kw_only=True):
    """A message to nobody yet: what happened to which aggregate, when it was received, and by which event."""

    business_id: str
    event_id: str
    kind: MessageKind
    aggregate: Aggregate
    subject_id: str
    subject_version: int
    customer_id: str
    received_at: datetime
    traceparent: str | None = None


class ContactAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a contact reads mail, and in which language. Never shown by a log or a repr."""

    contact_id: str
    email: str
    locale: str | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.contact_id})"


class NotifiedContact(ContactAddress, frozen=True, kw_only=True):
    """A contact that can be written to, and about what; roles that are None are all of them."""

    roles: tuple[Role, ...] | None = None


class NotifiedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a customer: whether it may use the portal, and who can be written to."""

    portal_access: bool
    contacts: tuple[NotifiedContact, ...]


def addresses_of(customer: Customer) -> Sequence[ContactAddress]:
    """Where the contacts of a customer can be written to: nowhere without portal access."""
    return [
        ContactAddress(
            contact_id=contact.contact_id, email=contact.email, locale=contact.locale or customer.locale
        )
        for contact in customer.contacts
        if contact.email and customer.portal_access
    ]


class ContactPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact chose: a language, and message kinds wanted or not; absent means wanted."""

    locale: str | None = None
    kinds: Mapping[str, bool] = msgspec.field(default_factory=dict[str, bool])


def kind_of(event: Event) -> MessageKind | None:
    """The message an event makes, if it makes one."""
    return _KINDS.get(type(event))


def withheld(envelope: Envelope, now: datetime) -> Withheld | None:
    """Why nobody is to be told of an event; None if it is news."""
    if envelope.quiet:
        return "quiet"
    return "old" if now - envelope.time > SENT_WITHIN else None


def next_look(received_at: datetime, now: datetime) -> datetime | None:
    """When to look again for what is missing: less often the longer it took; None once it took too long."""
    waited = now - received_at
    return None if waited >= WAITS_FOR else now + min(max(_FIRST_WAIT, waited / 4), _LONGEST_WAIT)


def still_applies(kind: MessageKind, facts: Facts, now: datetime) -> bool:
    """Whether the message may still be sent, judged by what it is about as that is now."""
    match facts:
        case AppointmentFacts():
            return _is_ahead(facts, now) and _is_so(kind, facts)
        case InvoiceFacts(status=status):
            return status == "open"
        case PaymentFacts(status=status, checked=checked):
            return status == "captured" and checked


def _is_ahead(appointment: AppointmentFacts, now: datetime) -> bool:
    """Whether the staff may still come: on a day without a time until it ends."""
    if appointment.whole_days:
        return appointment.end > now
    return (appointment.arrival.end if appointment.arrival else appointment.start) > now


def _is_so(kind: MessageKind, appointment: AppointmentFacts) -> bool:
    """Whether the visit stands as the message says; what is not confirmed is not booked."""
    if kind == "visit_cancelled":
        return appointment.status == "cancelled"
    doubts = ("pending", "on_hold") if kind == "visit_confirmed" else ("on_hold",)
    return appointment.status in ("scheduled", "en_route") and appointment.confirmation not in doubts


def recipients(
    kind: MessageKind,
    contacts: Sequence[NotifiedContact],
    preferences: Mapping[str, ContactPreferences],
    payer: str | None,
) -> list[NotifiedContact]:
    """Whom it concerns and who wants it, each address once; the payer alone, if there is one to write to."""
    concerned = [contact for contact in contacts if contact.contact_id == payer] or contacts
    willing = [contact for contact in concerned if may_read(kind, contact, preferences)]
    return list({contact.email.casefold(): contact for contact in reversed(willing)}.values())[::-1]


def may_read(
    kind: MessageKind, contact: NotifiedContact, preferences: Mapping[str, ContactPreferences]
) -> bool:
    """Whether the contact has the role for it and has not declined it."""
    chosen = preferences.get(contact.contact_id)
    declined = chosen is not None and chosen.kinds.get(kind) is False
    return has_role(contact.roles, _ROLES[kind]) and not declined


def language_of(
    business: Business, contact: NotifiedContact, preferences: Mapping[str, ContactPreferences]
) -> str:
    """The language a contact is written to in: chosen, their own, the customer's, the business's."""
    chosen = preferences.get(contact.contact_id)
    return language_for(chosen.locale if chosen else None, contact.locale, business.default_locale)


def language_for(*tags: str | None) -> str:
    """The first of these BCP 47 tags whose language we speak, as one of `LOCALES`; else English."""
    return offered_locale(tags, LOCALES) or SOURCE_LOCALE
