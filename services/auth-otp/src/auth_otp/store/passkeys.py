"""Passkeys, a row each: a public key, whose it is, and the address it rests on. Nothing in them is secret."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from chassis.database import Transaction
from chassis.rotation import KeyedColumn

from auth_otp.domain.passkeys import Passkey
from auth_otp.domain.sessions import Candidate
from auth_otp.domain.stored_passkeys import StoredPasskey

KEYED: Final = tuple(
    KeyedColumn("FIELD_ENCRYPTION_KEYS", "passkeys", name, context="'passkey/' || business_id")
    for name in ("address_cipher", "second_cipher")
)

_OF_BUSINESS: Final = (
    "SELECT business_id, passkey_id, customer_id, contact_id, name, address_cipher, credential_id,"
    " public_key, user_handle, sign_count, backed_up, added_at, used_at, second_cipher FROM"
    " passkeys"
    " WHERE business_id = :business_id AND {}"
)
_FIND: Final = _OF_BUSINESS.format("credential_id = :credential_id")
_LOCK: Final = _FIND + " FOR UPDATE"
_LIST_OF_CONTACT: Final = _OF_BUSINESS.format(
    "customer_id = :customer_id AND contact_id = :contact_id ORDER BY added_at, passkey_id"
)
_LOCK_OF_CUSTOMERS: Final = _OF_BUSINESS.format(
    "customer_id = ANY(:customer_ids) ORDER BY passkey_id FOR UPDATE"
)
_ADD: Final = (
    "INSERT INTO passkeys (business_id, passkey_id, customer_id, contact_id, name, address_cipher,"
    " second_cipher, credential_id, public_key, user_handle, sign_count, backed_up) VALUES (:business_id,"
    " :passkey_id, :customer_id, :contact_id, :name, :address_cipher, :second_cipher, :credential_id,"
    " :public_key, :user_handle, :sign_count, :backed_up) ON CONFLICT DO NOTHING"
)
_MARK_USED: Final = (
    "UPDATE passkeys SET sign_count = :sign_count, backed_up = :backed_up, used_at = now()"
    " WHERE business_id = :business_id AND credential_id = :credential_id RETURNING used_at"
)
_FORGET_OF_CONTACT: Final = (
    "DELETE FROM passkeys WHERE business_id = :business_id AND passkey_id = :passkey_id"
    " AND customer_id = :customer_id AND contact_id = :contact_id RETURNING name"
)
_FORGET: Final = "DELETE FROM passkeys WHERE business_id = :business_id AND passkey_id = ANY(:passkey_ids)"


async def find_passkey(tx: Transaction, credential_id: bytes) -> StoredPasskey | None:
    """The passkey of the business that a browser presents."""
    return await tx.one(_FIND, StoredPasskey, credential_id=credential_id)


async def lock_passkey(tx: Transaction, credential_id: bytes) -> StoredPasskey | None:
    """The same, locked until the end of the transaction: the second of two proofs sees the first's count."""
    return await tx.one(_LOCK, StoredPasskey, credential_id=credential_id)


async def list_passkeys(tx: Transaction, contact: Candidate) -> list[StoredPasskey]:
    """Those of a contact, the oldest first."""
    return await tx.all(_LIST_OF_CONTACT, StoredPasskey, **msgspec.structs.asdict(contact))


async def lock_passkeys_of_customers(tx: Transaction, customer_ids: Collection[str]) -> list[StoredPasskey]:
    """Those of customers, locked in one order."""
    return await tx.all(_LOCK_OF_CUSTOMERS, StoredPasskey, customer_ids=list(customer_ids))


async def add_passkey(
    tx: Transaction,
    passkey_id: str,
    contact: Candidate,
    name: str,
    passkey: Passkey,
    *,
    address_cipher: bytes,
    second_cipher: bytes | None,
) -> bool:
    """Keep a passkey; False when one is kept already by that credential."""
    added = await tx.run(
        _ADD,
        passkey_id=passkey_id,
        customer_id=contact.customer_id,
        contact_id=contact.contact_id,
        name=name,
        address_cipher=address_cipher,
        second_cipher=second_cipher,
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        user_handle=passkey.user_handle,
        sign_count=passkey.sign_count,
        backed_up=passkey.backed_up,
    )
    return added == 1


async def mark_passkey_used(tx: Transaction, passkey: Passkey) -> datetime:
    """Keep what it says of itself, and that it was used now; when that is."""
    used_at = await tx.value(
        _MARK_USED,
        datetime,
        credential_id=passkey.credential_id,
        sign_count=passkey.sign_count,
        backed_up=passkey.backed_up,
    )
    assert used_at is not None  # noqa: S101  # the caller has locked its row
    return used_at


async def forget_passkey_of(tx: Transaction, contact: Candidate, passkey_id: str) -> str | None:
    """Delete a passkey of a contact; its name, or None when it is not theirs."""
    return await tx.value(_FORGET_OF_CONTACT, str, passkey_id=passkey_id, **msgspec.structs.asdict(contact))


async def forget_passkeys(tx: Transaction, passkeys: Collection[StoredPasskey]) -> None:
    """Delete passkeys."""
    if ids := [one.passkey_id for one in passkeys]:
        await tx.run(_FORGET, passkey_ids=ids)
