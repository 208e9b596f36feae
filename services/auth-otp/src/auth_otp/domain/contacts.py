"""What is stored of a contact: its addresses encrypted, each with a blind index, and its language."""

from collections.abc import Iterator

import msgspec
from servicehub_events import Contact, Customer, Envelope

from auth_otp.domain.addresses import recorded_address
from auth_otp.domain.stored_addresses import AddressKeys, StoredAddress, contact_place


class ContactRow(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as it is stored. An address is there with its index, or neither is.

    A fault is a word for why no code reaches an address, as far as somebody found out who tried.
    """

    business_id: str
    customer_id: str
    contact_id: str
    version: int
    email_cipher: bytes | None
    phone_cipher: bytes | None
    email_index: str | None
    phone_index: str | None
    locale: str | None
    email_fault: str | None = None
    phone_fault: str | None = None

    @property
    def place(self) -> str:
        """What its addresses are encrypted for."""
        return contact_place(self.business_id, self.customer_id, self.contact_id)


def contact_rows(envelope: Envelope, keys: AddressKeys) -> list[ContactRow]:
    """The contacts of a customer. Without portal access nobody is let in, so nothing needs to be kept."""
    event = envelope.event
    if not isinstance(event, Customer) or not event.portal_access:
        return []
    return [_row(event, contact, envelope.sequence, keys) for contact in event.contacts]


def with_faults(row: ContactRow, before: ContactRow | None) -> ContactRow:
    """The contact with what was found out about addresses that it had before."""
    if before is None:
        return row
    same_email = row.email_index is not None and row.email_index == before.email_index
    same_phone = row.phone_index is not None and row.phone_index == before.phone_index
    return msgspec.structs.replace(
        row,
        email_fault=before.email_fault if same_email else row.email_fault,
        phone_fault=before.phone_fault if same_phone else row.phone_fault,
    )


def _row(customer: Customer, contact: Contact, version: int, keys: AddressKeys) -> ContactRow:
    business_id = customer.business_id
    place = contact_place(business_id, customer.customer_id, contact.contact_id)
    addresses = (recorded_address(contact.email), recorded_address(contact.phone))
    email, phone = (address and keys.stored(business_id, address, place) for address in addresses)
    return ContactRow(
        business_id=business_id,
        customer_id=customer.customer_id,
        contact_id=contact.contact_id,
        version=version,
        email_cipher=email and email.cipher,
        phone_cipher=phone and phone.cipher,
        email_index=email and email.index,
        phone_index=phone and phone.index,
        locale=contact.locale or customer.locale,
        email_fault="unusable" if contact.email and email is None else None,
        phone_fault="unusable" if contact.phone and phone is None else None,
    )


def known_indexes(row: ContactRow, keys: AddressKeys) -> Iterator[list[str]]:
    """Of each address of a contact, every index it may be known under, the current one first."""
    for index, cipher in ((row.email_index, row.email_cipher), (row.phone_index, row.phone_cipher)):
        if index is not None and cipher is not None:
            yield keys.known_indexes(row.business_id, StoredAddress(index, cipher), row.place)


def rewritten(row: ContactRow, keys: AddressKeys) -> ContactRow:
    """The contact, written with the current keys. Raises `Undecipherable` when one was retired too early."""
    email, phone = (
        keys.rewritten(row.business_id, cipher, row.place) if cipher else None
        for cipher in (row.email_cipher, row.phone_cipher)
    )
    return msgspec.structs.replace(
        row,
        email_cipher=email and email.cipher,
        phone_cipher=phone and phone.cipher,
        email_index=email and email.index,
        phone_index=phone and phone.index,
    )
