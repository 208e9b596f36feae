"""What staff read of how a contact signs in, in plain words: one line for each thing they may act on."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from servicehub_events import Contact, ContactStatus, Customer, Session, Unreachable

from stand_in_servicehub.business import Desk
from stand_in_servicehub.web.views import day_and_time

SHOWN_FOR: Final = timedelta(days=30)
"""What happened longer ago is nothing to act on any more."""
_WORDS: Final = {
    "abroad": "is abroad, where no texts are sent",
    "company_access": "is a company's access number",
    "forwards_calls": "forwards calls",
    "landline": "is a landline",
    "mailbox_unavailable": "takes no mail: its mailbox is not there",
    "no_country": "has a country code that no country has",
    "no_network": "is one that no network has",
    "not_a_mobile": "is no mobile number",
    "opted_out": "has opted out of our texts",
    "pager": "is a pager's",
    "premium_rate": "is a premium-rate number",
    "shared_cost": "is a shared-cost number",
    "toll_free": "is a toll-free number",
    "unreachable": "cannot be reached by text",
    "unusable": "is not one that anybody can type",
    "voicemail": "is a voicemail's",
    "worldwide": "is a satellite's or a worldwide number",
}
"""What is wrong with an address. New words may come."""


def sign_in_notices(desk: Desk) -> Mapping[str, Sequence[str]]:
    """The lines of every contact of a business, by contact."""
    sessions = desk.living(Session)
    statuses = {status.contact_id: status for status in desk.living(ContactStatus)}
    contacts = [contact for customer in desk.living(Customer) for contact in customer.contacts]
    return {
        contact.contact_id: notices_of(contact, statuses.get(contact.contact_id), sessions, desk)
        for contact in contacts
    }


def notices_of(
    contact: Contact, status: ContactStatus | None, sessions: Sequence[Session], desk: Desk
) -> list[str]:
    """What there is to know of a contact now, what to act on first."""
    lines = list(_of_status(contact.name, status, desk)) if status else []
    ended = [
        session.revoked_at
        for session in sessions
        if session.contact_id == contact.contact_id and session.reason == "signed_out_everywhere"
    ]
    last = max((at for at in ended if at), default=None)
    if last and _is_recent(last, desk.now):
        lines.append(f"{contact.name} signed out of all devices on {day_and_time(last, desk.profile)}.")
    return lines


def _of_status(name: str, status: ContactStatus, desk: Desk) -> Iterator[str]:
    if status.unreachable:
        since = day_and_time(status.unreachable.since, desk.profile)
        yield f"Can't get codes: {_why(status.unreachable)}. {name} can't sign in (known since {since})."
    if (until := status.guarded_until) and until > desk.now:
        yield (
            f"{name} said of a code “it was not me”. Until {day_and_time(until, desk.profile)} only devices"
            " that they used before are sent codes."
        )
    if (at := status.wrong_codes_at) and _is_recent(at, desk.now):
        yield (
            f"Someone tried to sign in as {name} on {day_and_time(at, desk.profile)} and typed so many wrong"
            " codes that codes are longer for the rest of that day."
        )


def _why(unreachable: Unreachable) -> str:
    parts = (("email address", unreachable.email), ("number", unreachable.phone))
    return ", ".join(f"{what} {_WORDS.get(word, f'({word})')}" for what, word in parts if word)


def _is_recent(at: datetime, now: datetime) -> bool:
    return now - at < SHOWN_FOR
