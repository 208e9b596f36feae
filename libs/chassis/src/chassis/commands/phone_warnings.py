"""Phone numbers that a text never reaches: valid by the contract, which knows E.164 alone.

A record with one is taken all the same: the contact may have an email, and the number may be called.
"""

from collections.abc import Iterable, Iterator

from servicehub_events import Customer

from chassis.commands.event_files import FileFault, Ready
from chassis.phones import why_no_text

CODE = "phone_gets_no_text"


def warnings_of(events: Iterable[Ready]) -> Iterator[FileFault]:
    """A warning for each phone of a contact that will never get a text; it does not repeat the number."""
    for event in events:
        customer = event.envelope.event
        for at, contact in enumerate(customer.contacts if isinstance(customer, Customer) else ()):
            if contact.phone and (why := why_no_text(contact.phone)):
                about = f"phone of contact {contact.contact_id} {why}: no sign-in code reaches it by text"
                yield FileFault(event.line, CODE, f"$.contacts[{at}].phone", about)
