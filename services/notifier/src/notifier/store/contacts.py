"""Whom messages go to: addresses, numbers and languages of contacts, which are encrypted, and preferences.

Ids and roles are in the tables of identity. A customer without portal access has no addresses here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import structlog
from chassis.database import Transaction, lock_customers, upsert
from chassis.encryption import FieldCipher, Undecipherable
from chassis.identity import ErasedCustomer, lock_erased
from chassis.rotation import KeyedColumn
from servicehub_events import Preferences, Role
from sqlalchemy import BigInteger, Column, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from notifier.domain.channels import AddressIndex
from notifier.domain.recipients import ContactAddress, ContactPreferences, NotifiedContact, NotifiedCustomer
from notifier.store.channels import CustomerKey, forget_channels, list_ended, replace_channels

log = structlog.get_logger(__name__)

PREFERENCES: Final = Table(
    "preferences",
    MetaData(),
    Column("business_id", Text, primary_key=True),
    Column("contact_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("locale", Text),
    Column("kinds", JSONB, nullable=False),
    Column("channels", JSONB, nullable=False),
)

KEYED: Final = (
    KeyedColumn(
        "FIELD_ENCRYPTION_KEYS",
        "contact_addresses",
        "addresses",
        "'customers/' || business_id || '/' || customer_id",
    ),
    KeyedColumn(
        "FIELD_ENCRYPTION_KEYS",
        "events",
        "data",
        "'events/' || business_id || '/' || stream || '/' || version",
    ),
)

_CUSTOMER = "business_id = :business_id AND customer_id = :customer_id"
_FIND_CUSTOMER = (
    "SELECT portal_access, contacts, addresses FROM customers"  # noqa: S608  # ours
    f" LEFT JOIN contact_addresses USING (business_id, customer_id) WHERE {_CUSTOMER}"
)
_FIND_ADDRESSES = f"SELECT addresses FROM contact_addresses WHERE {_CUSTOMER}"  # noqa: S608  # ours
_ADD_ADDRESSES = (
    "INSERT INTO contact_addresses (business_id, customer_id, addresses)"
    " VALUES (:business_id, :customer_id, :addresses)"
)
_FORGET_ADDRESSES = (
    "DELETE FROM contact_addresses a"
    " USING jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " WHERE a.business_id = k.business_id AND a.customer_id = k.customer_id"
)
_LIST_ADDRESSES = (
    "SELECT a.business_id, a.customer_id, a.addresses FROM contact_addresses a"
    " JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " USING (business_id, customer_id)"
)
_IS_CONTACT = (
    "SELECT jsonb_exists(contacts, :contact_id) FROM customers"  # noqa: S608  # ours
    f" WHERE {_CUSTOMER} AND NOT erased"
)
_LIST_PREFERENCES = (
    "SELECT contact_id, version, locale, kinds, channels FROM preferences"
    " WHERE business_id = :business_id AND contact_id = ANY(:contact_ids)"
)
_LIST_CHOICES = (
    "SELECT p.contact_id, p.version, p.locale, p.kinds, p.channels FROM preferences p"  # noqa: S608  # ours
    f" JOIN (SELECT jsonb_object_keys(contacts) AS contact_id FROM customers WHERE {_CUSTOMER}) AS c"
    " USING (contact_id) WHERE p.business_id = :business_id ORDER BY contact_id"
)
_FORGET_CHOICES = (
    "DELETE FROM events WHERE business_id = :business_id AND stream = :stream AND version <= :version"
)
_FORGET_CUSTOMER = (
    "DELETE FROM preferences WHERE business_id = :business_id AND contact_id = ANY(:contact_ids)",
    *(
        f"DELETE FROM {table} WHERE {_CUSTOMER}"  # noqa: S608  # ours
        for table in (
            "contact_addresses",
            "notification_sources",
            "pending_notifications",
            "reminders",
            "deliveries",
            "told_invoices",
        )
    ),
    f"DELETE FROM visit_tellings WHERE {_CUSTOMER}",  # noqa: S608  # ours; after what is settled to them
)


@dataclass(frozen=True, slots=True)
class CustomerAddresses:
    """Where the contacts of a customer read mail and texts."""

    business_id: str
    customer_id: str
    addresses: Sequence[ContactAddress]


class _Customer(msgspec.Struct, frozen=True):
    portal_access: bool
    contacts: dict[str, tuple[Role, ...] | None]
    addresses: bytes | None


class StoredPreferences(ContactPreferences, frozen=True, kw_only=True):
    """What a contact chose, as its row has it."""

    contact_id: str
    version: int


async def find_customer(tx: Transaction, customer_id: str, cipher: FieldCipher) -> NotifiedCustomer | None:
    """A customer as it is known now; None while nothing is. An address that nothing reaches is left out.

    Nothing is known either of one that has addresses and no contacts: it is from before roles were kept, and
    its event is read again.
    """
    row = await tx.one(_FIND_CUSTOMER, _Customer, customer_id=customer_id)
    if row is None or (row.addresses and not row.contacts):
        return None
    stored = () if row.addresses is None else _decrypted(row.addresses, tx.business_id, customer_id, cipher)
    ended = await list_ended(tx, customer_id)
    contacts = tuple(
        NotifiedContact(
            contact_id=address.contact_id,
            email="" if (address.contact_id, "email") in ended else address.email,
            phone="" if (address.contact_id, "sms") in ended else address.phone,
            locale=address.locale,
            roles=row.contacts[address.contact_id],
        )
        for address in stored
        if address.contact_id in row.contacts
    )
    return NotifiedCustomer(portal_access=row.portal_access, contacts=contacts)


class _Addresses(msgspec.Struct, frozen=True):
    business_id: str
    customer_id: str
    addresses: bytes


async def list_addresses(
    tx: Transaction, customers: Sequence[tuple[str, str]], cipher: FieldCipher
) -> Mapping[tuple[str, str], Sequence[ContactAddress]]:
    """Where the contacts of customers, each a business and an id, can be written to; absent: nowhere."""
    keys = [{"business_id": business_id, "customer_id": id_} for business_id, id_ in customers]
    rows = await tx.all(_LIST_ADDRESSES, _Addresses, keys=json.dumps(keys)) if keys else []
    return {
        (row.business_id, row.customer_id): _decrypted(
            row.addresses, row.business_id, row.customer_id, cipher
        )
        for row in rows
    }


async def lock_unless_erased(tx: Transaction, customer_id: str) -> bool:
    """Let nobody erase the customer until this transaction ends; False when that was done already."""
    return not await lock_erased(tx, [(tx.business_id, customer_id)])


async def replace_addresses(
    tx: Transaction, customers: Sequence[CustomerAddresses], cipher: FieldCipher, index: AddressIndex
) -> None:
    """Store the addresses of customers, who are locked, instead of what was known of them."""
    keys = [{"business_id": one.business_id, "customer_id": one.customer_id} for one in customers]
    if keys:
        await tx.run(_FORGET_ADDRESSES, keys=json.dumps(keys))
    await tx.run_each(_ADD_ADDRESSES, [_row(one, cipher) for one in customers if one.addresses])
    reached = [(CustomerKey(one.business_id, one.customer_id), one.addresses) for one in customers]
    await replace_channels(tx, reached, index)


async def rewrite_channels(
    tx: Transaction, customers: Sequence[CustomerKey], cipher: FieldCipher, index: AddressIndex
) -> None:
    """Write with the current key what these customers are reached by."""
    reached: list[tuple[CustomerKey, Sequence[ContactAddress]]] = []
    for customer in customers:
        business_id, customer_id = customer.business_id, customer.customer_id
        await lock_customers(tx, [(business_id, customer_id)], alone=True)
        stored = await tx.of(business_id).value(_FIND_ADDRESSES, bytes, customer_id=customer_id)
        if stored is not None:
            reached.append((customer, _decrypted(stored, business_id, customer_id, cipher)))
    await replace_channels(tx, reached, index)


def preferences_row(chosen: Preferences, version: int) -> upsert.Row:
    """The row of what a contact chose."""
    return {
        "business_id": chosen.business_id,
        "contact_id": chosen.contact_id,
        "version": version,
        "locale": chosen.locale,
        "kinds": dict(chosen.kinds),
        "channels": dict(chosen.channels),
    }


async def upsert_preferences(tx: Transaction, rows: Iterable[upsert.Row]) -> None:
    """Store the preferences that are newer."""
    await upsert.put(tx, PREFERENCES, rows)


async def list_preferences(
    tx: Transaction, contacts: Sequence[NotifiedContact]
) -> Mapping[str, ContactPreferences]:
    """What these contacts chose, by contact; absent when nothing."""
    return {row.contact_id: row for row in await _list(tx, [contact.contact_id for contact in contacts])}


async def find_preferences(tx: Transaction, contact_id: str) -> StoredPreferences | None:
    """What a contact chose; None when nothing."""
    return next(iter(await _list(tx, [contact_id])), None)


async def list_choices_of(tx: Transaction, customer_id: str) -> list[StoredPreferences]:
    """What the contacts of a customer chose."""
    return await tx.all(_LIST_CHOICES, StoredPreferences, customer_id=customer_id)


async def _list(tx: Transaction, contact_ids: Sequence[str]) -> list[StoredPreferences]:
    return await tx.all(_LIST_PREFERENCES, StoredPreferences, contact_ids=list(contact_ids))


async def lock_contact(tx: Transaction, customer_id: str, contact_id: str) -> bool:
    """Let nobody erase the customer until this transaction ends; whether this is one of its contacts."""
    await lock_customers(tx, [(tx.business_id, customer_id)], alone=False)
    return bool(await tx.value(_IS_CONTACT, bool, customer_id=customer_id, contact_id=contact_id))


async def forget_choices(tx: Transaction, stream: str, version: int) -> None:
    """Delete a stream of choices up to this version."""
    await tx.run(_FORGET_CHOICES, stream=stream, version=version)


async def forget_customers(tx: Transaction, erased: Iterable[ErasedCustomer]) -> None:
    """Delete all that hangs on customers, who are locked: whoever writes for one meanwhile waits."""
    for customer in erased:
        ids = {"customer_id": customer.customer_id, "contact_ids": list(customer.contact_ids)}
        await forget_channels(tx.of(customer.business_id), customer.customer_id)
        for statement in _FORGET_CUSTOMER:
            await tx.of(customer.business_id).run(statement, **ids)


def _row(customer: CustomerAddresses, cipher: FieldCipher) -> dict[str, object]:
    context = _context(customer.business_id, customer.customer_id)
    return {
        "business_id": customer.business_id,
        "customer_id": customer.customer_id,
        "addresses": cipher.encrypt(msgspec.json.encode(customer.addresses), context=context),
    }


def _decrypted(
    stored: bytes, business_id: str, customer_id: str, cipher: FieldCipher
) -> tuple[ContactAddress, ...]:
    try:
        plain = cipher.decrypt(stored, context=_context(business_id, customer_id))
    except Undecipherable:  # its key was retired too early
        log.error("contacts.undecipherable", business_id=business_id, customer_id=customer_id)
        return ()
    return msgspec.json.decode(plain, type=tuple[ContactAddress, ...])


def _context(business_id: str, customer_id: str) -> str:
    return f"customers/{business_id}/{customer_id}"
