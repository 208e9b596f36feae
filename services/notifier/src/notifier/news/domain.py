"""Which events make a message, for how long it is news, whether it is still true, whom it concerns. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from servicehub_events import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentScheduled,
    Event,
    InvoiceIssued,
    PaymentCaptured,
    Role,
    has_role,
)

from notifier.news.subjects import Bill, Paid, State, Visit

Kind = Literal["visit_confirmed", "visit_changed", "visit_cancelled", "invoice_issued", "receipt"]
"""Message kinds, as preferences name them too."""

NEWS_FOR = timedelta(hours=1)
"""What happened longer ago is stored and mails nobody: a first start, an import, the end of an outage."""

WAITS_FOR = timedelta(minutes=10)
"""How long a message waits for a business, a customer or an invoice that nothing was heard of yet."""

TRIED_FOR = timedelta(hours=1)
"""How long a message is tried once its recipients are settled."""

_KINDS: dict[type[Event], Kind] = {
    AppointmentScheduled: "visit_confirmed",
    AppointmentRescheduled: "visit_changed",
    AppointmentCancelled: "visit_cancelled",
    InvoiceIssued: "invoice_issued",
    PaymentCaptured: "receipt",
}
_ROLES: dict[Kind, Role] = {
    "visit_confirmed": "visits",
    "visit_changed": "visits",
    "visit_cancelled": "visits",
    "invoice_issued": "invoices",
    "receipt": "pay",
}
_FIRST_LOOK, _LAST_LOOKS = timedelta(seconds=2), timedelta(seconds=15)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that can be written to. Never shown by a log or a repr."""

    contact_id: str
    email: str
    locale: str | None = None
    roles: tuple[Role, ...] | None = None

    def __repr__(self) -> str:
        return f"Person({self.contact_id})"


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact chose: a language, and message kinds wanted or not; absent means wanted."""

    locale: str | None = None
    kinds: Mapping[str, bool] = msgspec.field(default_factory=dict[str, bool])


def kind_of(event: Event) -> Kind | None:
    """The message an event makes, if it makes one."""
    return _KINDS.get(type(event))


def is_old(happened_at: datetime, now: datetime) -> bool:
    """Whether it happened too long ago to tell."""
    return now - happened_at > NEWS_FOR


def next_look(heard_at: datetime, now: datetime) -> datetime | None:
    """When to look again for what is missing: less often the longer it took; None once it took too long."""
    waited = now - heard_at
    return None if waited >= WAITS_FOR else now + min(max(_FIRST_LOOK, waited / 4), _LAST_LOOKS)


def is_true(kind: Kind, state: State, now: datetime) -> bool:
    """Whether the message may still be sent, told from what it is about as that is now."""
    match state:
        case Visit(status=status, start=start):
            ahead = start > now
            return ahead and (
                status == "cancelled" if kind == "visit_cancelled" else status in ("scheduled", "en_route")
            )
        case Bill(status=status):
            return status == "open"
        case Paid(status=status, checked=checked):
            return status == "captured" and checked


def recipients(
    kind: Kind, people: Sequence[Person], wishes: Mapping[str, Wishes], payer: str | None
) -> list[Person]:
    """Whom it concerns and who wants it, each address once; the payer alone, if there is one to write to."""
    concerned = [person for person in people if person.contact_id == payer] or people
    willing = [person for person in concerned if may_read(kind, person, wishes.get(person.contact_id))]
    return list({person.email.casefold(): person for person in reversed(willing)}.values())[::-1]


def may_read(kind: Kind, person: Person, wishes: Wishes | None) -> bool:
    """Whether the contact has the role for it and has not declined it."""
    declined = wishes is not None and wishes.kinds.get(kind) is False
    return has_role(person.roles, _ROLES[kind]) and not declined
