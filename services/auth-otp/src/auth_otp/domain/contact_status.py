"""What staff should know of how a contact signs in, and when that is an event. Pure.

Whatever strangers do, a contact has one event a day for wrong codes and two for a guard; the others follow
from what becomes of its addresses.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.phones import no_text_word
from servicehub_events import (
    ContactForgotten,
    ContactReachable,
    ContactStatus,
    ContactUnreachable,
    Message,
    MessageDelivered,
    MessageSent,
    SignInGuarded,
    SignInGuardEnded,
    TextsResumed,
    Unreachable,
    WrongCodesEntered,
    as_event,
)

from auth_otp.domain.addresses import Address
from auth_otp.domain.contacts import ContactRow


class StatusRow(ContactRow, frozen=True, kw_only=True):
    """A contact, with the countries whose calling codes are texted at its business."""

    rules: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What is true of a contact now. `email` and `phone` say why no code reaches it; both None while one can.

    `spent`: the wrong codes of a day that an address bears before its codes become longer are spent.
    """

    at: datetime
    spent: bool
    guarded_until: datetime | None
    email: str | None
    phone: str | None


def stream_of(contact_id: str) -> str:
    """The name of a contact's stream."""
    return f"contact/{contact_id}"


def is_reached(message: Message) -> bool:
    """Whether a message shows that its address is reached. A network may lose a text that a provider took."""
    if message.channel == "email":
        return isinstance(message, MessageSent | MessageDelivered)
    return isinstance(message, MessageDelivered | TextsResumed)


def address_faults(row: StatusRow, phone: Address | None) -> tuple[str | None, str | None]:
    """Why no code reaches the email and the phone of a contact; None twice while one does.

    Nothing is wrong with a contact without any address: ServiceHub itself gave none.
    """
    by_number = no_text_word(phone.value, row.rules.split()) if phone else None
    email, number = row.email_fault, by_number or row.phone_fault
    by_email = row.email_cipher is not None and email is None
    by_phone = row.phone_cipher is not None and number is None
    return (None, None) if by_email or by_phone else (email, number)


def told_of(row: ContactRow, state: ContactStatus | None = None) -> ContactStatus:
    """What was told of a contact, as that of the customer who has it now; without a state, nothing was."""
    if state:
        return as_event(ContactStatus, state, customer_id=row.customer_id)
    return ContactStatus(business_id=row.business_id, contact_id=row.contact_id, customer_id=row.customer_id)


def decide(state: ContactStatus, observed: Observed) -> list[ContactStatus]:
    """The events that lead from what was told to what is true."""
    events: list[ContactStatus] = []
    for step in (_wrong_codes, _guard, _reach):
        if event := step(events[-1] if events else state, observed):
            events.append(event)
    return events


def forget(state: ContactStatus | None) -> list[ContactStatus]:
    """Of a contact about whom something was told ids are left."""
    if state is None or not (state.wrong_codes_at or state.guarded_until or state.unreachable):
        return []
    return [as_event(ContactForgotten, state, wrong_codes_at=None, guarded_until=None, unreachable=None)]


def _wrong_codes(state: ContactStatus, observed: Observed) -> ContactStatus | None:
    told = state.wrong_codes_at and state.wrong_codes_at.astimezone(UTC).date()
    if observed.spent and told != observed.at.astimezone(UTC).date():
        return as_event(WrongCodesEntered, state, wrong_codes_at=observed.at)
    return None


def _guard(state: ContactStatus, observed: Observed) -> ContactStatus | None:
    if observed.guarded_until == state.guarded_until:
        return None
    if observed.guarded_until:
        return as_event(SignInGuarded, state, guarded_until=observed.guarded_until)
    return as_event(SignInGuardEnded, state, guarded_until=None)


def _reach(state: ContactStatus, observed: Observed) -> ContactStatus | None:
    before, faults = state.unreachable, (observed.email, observed.phone)
    if faults == ((before.email, before.phone) if before else (None, None)):
        return None
    if faults == (None, None):
        return as_event(ContactReachable, state, unreachable=None)
    since = before.since if before else observed.at
    now = Unreachable(since=since, email=observed.email, phone=observed.phone)
    return as_event(ContactUnreachable, state, unreachable=now)
