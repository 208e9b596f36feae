"""The contacts sign-in may let in: found by blind index, gone with access or with the person."""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec
from chassis.database import Transaction, lock_customers
from chassis.identity import CustomerAccess
from chassis.rotation import KeyedColumn
from servicehub_events import Channel

from auth_otp.domain.contacts import ContactRow
from auth_otp.domain.sessions import Candidate
from auth_otp.domain.stored_addresses import StoredAddress

KEYED: Final = (
    *(KeyedColumn("FIELD_ENCRYPTION_KEYS", "contacts", name) for name in ("email_cipher", "phone_cipher")),
    *(
        KeyedColumn("BLIND_INDEX_KEYS", "contacts", name, index=True)
        for name in ("email_index", "phone_index")
    ),
)
"""`handlers.upkeep` rewrites both halves of an address together."""

_ADMITTED: Final = (
    "SELECT {} FROM contacts c JOIN customers u USING (business_id, customer_id)"
    " WHERE c.business_id = :business_id AND c.{} = ANY(:indexes) AND u.portal_access AND NOT u.erased"
    " ORDER BY {}"
)
_INDEX_OF: Final[dict[Channel, str]] = {"email": "email_index", "sms": "phone_index"}
_BY_ID: Final = "c.customer_id, c.contact_id"
_FIND_CANDIDATES: Final = {
    channel: _ADMITTED.format(_BY_ID, column, _BY_ID) for channel, column in _INDEX_OF.items()
}
_FIND_LOCALE: Final = {
    channel: _ADMITTED.format("coalesce(c.locale, '')", column, f"c.locale IS NULL, {_BY_ID} LIMIT 1")
    for channel, column in _INDEX_OF.items()
}
_FIND_ACCESS: Final = (
    "SELECT portal_access, contacts FROM customers"
    " WHERE business_id = :business_id AND customer_id = :customer_id AND NOT erased"
)
_FORGET: Final = (
    "DELETE FROM contacts WHERE business_id = :business_id AND customer_id = ANY(:customer_ids) RETURNING *"
)
_ADD: Final = (
    "INSERT INTO contacts (business_id, customer_id, contact_id, version, email_cipher, phone_cipher,"
    " email_index, phone_index, locale, email_fault, phone_fault)"
    " SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r("
    "business_id text, customer_id text, contact_id text, version bigint, email_cipher bytea,"
    " phone_cipher bytea, email_index text, phone_index text, locale text, email_fault text,"
    " phone_fault text)"
)
_LOCK_OUTDATED: Final = (
    "SELECT * FROM contacts"
    " WHERE NOT starts_with(email_index, :index_prefix) OR NOT starts_with(phone_index, :index_prefix)"
    " OR substring(email_cipher FROM 1 FOR octet_length(:cipher_prefix)) <> :cipher_prefix"
    " OR substring(phone_cipher FROM 1 FOR octet_length(:cipher_prefix)) <> :cipher_prefix"
    " LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_MARK_REWRITTEN: Final = (
    "UPDATE contacts SET email_cipher = :email_cipher, phone_cipher = :phone_cipher,"
    " email_index = :email_index, phone_index = :phone_index"
    " WHERE business_id = :business_id AND customer_id = :customer_id AND contact_id = :contact_id"
)


async def lock_candidates(tx: Transaction, channel: Channel, indexes: Sequence[str]) -> tuple[Candidate, ...]:
    """The contacts an address may sign in as, in a fixed order.

    Their customers are held shared, and whoever changes a customer holds it alone: until the end of the
    transaction none of them changes, so no session begins beside its own revocation.
    """
    statement, names = _FIND_CANDIDATES[channel], {"indexes": list(indexes)}
    before = await tx.all(statement, Candidate, **names)
    await lock_customers(tx, [(tx.business_id, row.customer_id) for row in before], alone=False)
    return tuple(await tx.all(statement, Candidate, **names))


async def find_contact_locale(tx: Transaction, channel: Channel, indexes: Sequence[str]) -> str | None:
    """The language of somebody who may sign in with an address, "" without one; None when nobody may."""
    return await tx.value(_FIND_LOCALE[channel], str, indexes=list(indexes))


async def find_customer_access(tx: Transaction, customer_id: str) -> CustomerAccess | None:
    """Who may act for a customer; None for one that is unknown or erased."""
    return await tx.one(_FIND_ACCESS, CustomerAccess, customer_id=customer_id)


async def forget_contacts(tx: Transaction, customer_ids: Collection[str]) -> list[ContactRow]:
    """Delete the contacts of customers; what they were."""
    return await tx.all(_FORGET, ContactRow, customer_ids=list(customer_ids))


async def add_contacts(tx: Transaction, rows: Iterable[ContactRow]) -> None:
    """Store contacts."""
    await tx.run(_ADD, rows=json.dumps([_as_json(row) for row in rows]))


async def lock_outdated_contacts(tx: Transaction, current: StoredAddress, limit: int) -> list[ContactRow]:
    """Contacts of all businesses with an address that does not begin as the current keys write it."""
    return await tx.all(
        _LOCK_OUTDATED,
        ContactRow,
        index_prefix=current.index,
        cipher_prefix=current.cipher,
        limit=limit,
    )


async def mark_contact_rewritten(tx: Transaction, row: ContactRow) -> None:
    """The same addresses, written with the current keys."""
    await tx.run(_MARK_REWRITTEN, **msgspec.structs.asdict(row))


def _as_json(row: ContactRow) -> dict[str, object]:
    values = msgspec.structs.asdict(row)
    return {
        name: f"\\x{value.hex()}" if isinstance(value, bytes) else value for name, value in values.items()
    }
