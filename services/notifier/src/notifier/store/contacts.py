"""Whose portal it is, and whom messages go to: email addresses, languages, roles, preferences.

Addresses are encrypted. Nothing is kept of a customer without portal access but ids. An erased customer stays
erased, whatever the order: its row has the highest version there is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import structlog
from chassis.database import Transaction, lock_customers, upsert
from chassis.encryption import FieldCipher, Undecipherable
from servicehub_events import Business
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from notifier.domain.notifications import ContactPreferences, NotifiedContact, NotifiedCustomer

log = structlog.get_logger(__name__)

_METADATA = MetaData()
BUSINESSES: Final = Table(
    "businesses",
    _METADATA,
    Column("business_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("slug", Text, nullable=False),
    Column("state", JSONB, nullable=False),
)
CUSTOMERS: Final = Table(
    "customers",
    _METADATA,
    Column("business_id", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("portal_access", Boolean, nullable=False),
    Column("erased", Boolean, nullable=False),
    Column("contact_ids", ARRAY(Text), nullable=False),
    Column("people", LargeBinary),
)
"""`people` holds the contacts that can be written to, encrypted."""
PREFERENCES: Final = Table(
    "preferences",
    _METADATA,
    Column("business_id", Text, primary_key=True),
    Column("contact_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("locale", Text),
    Column("kinds", JSONB, nullable=False),
)

_FIND_BUSINESS = "SELECT state FROM businesses WHERE business_id = :business_id"
_CUSTOMER = "business_id = :business_id AND customer_id = :customer_id"
_FIND_CUSTOMER = f"SELECT portal_access, erased, people FROM customers WHERE {_CUSTOMER}"  # noqa: S608  # ours
_LIST_PREFERENCES = (
    "SELECT contact_id, locale, kinds FROM preferences"
    " WHERE business_id = :business_id AND contact_id = ANY(:contact_ids)"
)
_FORGET_CUSTOMER = (
    "DELETE FROM preferences p USING customers c WHERE c.business_id = :business_id"
    " AND c.customer_id = :customer_id AND p.business_id = c.business_id"
    " AND p.contact_id = ANY(c.contact_ids)",
    *(
        f"DELETE FROM {table} WHERE {_CUSTOMER}"  # noqa: S608  # ours
        for table in ("subjects", "news", "deliveries")
    ),
)


class _Customer(msgspec.Struct, frozen=True):
    portal_access: bool
    erased: bool
    people: bytes | None


class _Preferences(ContactPreferences, frozen=True, kw_only=True):
    contact_id: str


async def find_business(tx: Transaction) -> Business | None:
    """The newest state of a business; None while nothing is known of it."""
    return await tx.value(_FIND_BUSINESS, Business)


async def upsert_rows(tx: Transaction, table: Table, rows: Iterable[upsert.Row]) -> None:
    """Store what is newer."""
    await upsert.put(tx.connection, table, rows)


async def find_customer(tx: Transaction, customer_id: str, cipher: FieldCipher) -> NotifiedCustomer | None:
    """A customer as it is known now; None while nothing is."""
    row = await tx.one(_FIND_CUSTOMER, _Customer, customer_id=customer_id)
    if row is None:
        return None
    contacts = () if row.people is None else _decrypted(row.people, tx.business_id, customer_id, cipher)
    return NotifiedCustomer(portal_access=row.portal_access, erased=row.erased, contacts=contacts)


async def list_preferences(
    tx: Transaction, contacts: Sequence[NotifiedContact]
) -> Mapping[str, ContactPreferences]:
    """What these contacts chose, by contact; absent when nothing."""
    ids = [contact.contact_id for contact in contacts]
    rows = await tx.all(_LIST_PREFERENCES, _Preferences, contact_ids=ids)
    return {row.contact_id: row for row in rows}


async def lock_customer_shared(tx: Transaction, customer_id: str) -> None:
    """Let nobody erase the customer until this transaction ends."""
    await lock_customers(tx, [(tx.business_id, customer_id)], alone=False)


async def forget_customers(tx: Transaction, keys: Iterable[tuple[str, str]]) -> None:
    """Delete all that hangs on customers, who are locked: whoever writes for one meanwhile waits.

    The keys are (business id, customer id).
    """
    ordered = sorted(set(keys))
    await lock_customers(tx, ordered, alone=True)
    for business_id, customer_id in ordered:
        for statement in _FORGET_CUSTOMER:
            await tx.of(business_id).run(statement, customer_id=customer_id)


def encrypted(
    contacts: Sequence[NotifiedContact], business_id: str, customer_id: str, cipher: FieldCipher
) -> bytes:
    """Contacts as the table of customers holds them."""
    return cipher.encrypt(msgspec.json.encode(contacts), context=_context(business_id, customer_id))


def _decrypted(
    stored: bytes, business_id: str, customer_id: str, cipher: FieldCipher
) -> tuple[NotifiedContact, ...]:
    try:
        plain = cipher.decrypt(stored, context=_context(business_id, customer_id))
    except Undecipherable:  # its key was retired too early
        log.error("people.undecipherable", business_id=business_id, customer_id=customer_id)
        return ()
    return msgspec.json.decode(plain, type=tuple[NotifiedContact, ...])


def _context(business_id: str, customer_id: str) -> str:
    return f"customers/{business_id}/{customer_id}"
