"""Which addresses of contacts a business changed or took away. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from servicehub_events import Channel, Customer

from notifier.domain.recipients import ContactAddress, address_of

_DIGITS_SHOWN: Final = 2


@dataclass(frozen=True, slots=True)
class ChangedAddress:
    """An address of a contact that is `new` now, or gone: an email address, or a phone number."""

    contact_id: str
    channel: Channel
    locale: str | None
    old: str = field(repr=False)
    new: str = field(repr=False)


def changed_addresses(former: Sequence[ContactAddress], customer: Customer) -> Iterator[ChangedAddress]:
    """Those of contacts who could be written to before. Letter case is no change; nor is a first address."""
    contacts = {contact.contact_id: contact for contact in customer.contacts}
    for known in former:
        contact = contacts.get(known.contact_id)
        if contact is None:
            continue
        now = ContactAddress(
            contact_id=known.contact_id, email=contact.email or "", phone=contact.phone or ""
        )
        channels: tuple[Channel, ...] = ("email", "sms")
        for channel in channels:
            old, new = address_of(known, channel), address_of(now, channel)
            if old and old.casefold() != new.casefold():
                yield ChangedAddress(known.contact_id, channel, contact.locale or customer.locale, old, new)


def masked(address: str, channel: Channel) -> str:
    """What is shown of a new address to the old one: h…@mail.example; …34."""
    if not address:
        return ""
    if channel == "sms":
        return f"…{address[-_DIGITS_SHOWN:]}"
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
