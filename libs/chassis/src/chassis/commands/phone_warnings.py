"""Phone numbers that a text never reaches: valid by the contract, which knows E.164 alone.

What numbers a country has and which are landlines changes faster than any contract may, so a record with one
is taken all the same: the contact may have an address for mail, and the number may be called.
"""

from collections.abc import Iterable, Iterator

import phonenumbers
from phonenumbers import PhoneNumberType as Kind
from servicehub_events import Customer

from chassis.commands.event_files import FileFault, Ready

CODE = "phone_gets_no_text"
_NO_TEXTS = {
    Kind.FIXED_LINE: "is a landline",
    Kind.TOLL_FREE: "is a toll-free number",
    Kind.PREMIUM_RATE: "is a premium-rate number",
    Kind.SHARED_COST: "is a shared-cost number",
    Kind.UAN: "is a company's access number",
    Kind.VOICEMAIL: "is a voicemail's number",
}


def warnings_of(events: Iterable[Ready]) -> Iterator[FileFault]:
    """A warning for each phone of a contact that will never get a text; it does not repeat the number."""
    for event in events:
        customer = event.envelope.event
        for at, contact in enumerate(customer.contacts if isinstance(customer, Customer) else ()):
            if contact.phone and (why := why_no_text(contact.phone)):
                about = f"phone of contact {contact.contact_id} {why}: no sign-in code reaches it by text"
                yield FileFault(event.line, CODE, f"$.contacts[{at}].phone", about)


def why_no_text(phone: str) -> str | None:
    """Why a text to this E.164 number never arrives; None if it may."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return "has a country code that no country has"
    if not phonenumbers.is_valid_number(number):
        return "is a number that no network has"
    return _NO_TEXTS.get(phonenumbers.number_type(number))
