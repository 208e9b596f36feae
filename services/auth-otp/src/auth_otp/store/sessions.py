"""Live sessions: a row each until it ends, with the address it rests on."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Final

from chassis.database import Transaction
from chassis.rotation import KeyedColumn

from auth_otp.domain.sessions import LiveSession
from auth_otp.domain.stored_addresses import StoredAddress

KEYED: Final = (
    KeyedColumn("FIELD_ENCRYPTION_KEYS", "sessions", "address_cipher"),
    KeyedColumn("BLIND_INDEX_KEYS", "sessions", "address_index", index=True),
    KeyedColumn("FIELD_ENCRYPTION_KEYS", "sessions", "second_cipher", context="'session/' || business_id"),
)

_SELECT: Final = (
    "SELECT business_id, session_id, customer_id, contact_id, address_index, address_cipher, remembered,"
    " expires_at, method, proved_at, second_cipher FROM sessions"
)
_LOCK: Final = (
    _SELECT + " WHERE business_id = :business_id AND expires_at > now() AND {} ORDER BY session_id FOR UPDATE"
)
_LOCK_ONE: Final = _LOCK.format("session_id = :session_id")
_LOCK_OF_CONTACT: Final = _LOCK.format("customer_id = :customer_id AND contact_id = :contact_id")
_LOCK_OF_CUSTOMERS: Final = _LOCK.format("customer_id = ANY(:customer_ids)")
_COUNT: Final = (
    "SELECT count(*) FROM sessions WHERE business_id = :business_id AND expires_at > now()"
    " AND customer_id = :customer_id AND contact_id = :contact_id"
)
_PROVED_BY_CODE: Final = (
    "SELECT EXISTS (SELECT FROM sessions WHERE business_id = :business_id AND session_id = :session_id"
    " AND method = 'code' AND proved_at > now() - make_interval(secs => :seconds))"
)
_ADD: Final = (
    "INSERT INTO sessions (business_id, session_id, customer_id, contact_id, address_index, address_cipher,"
    " remembered, expires_at, method, proved_at, second_cipher) VALUES (:business_id, :session_id,"
    " :customer_id, :contact_id, :address_index, :address_cipher, :remembered, :expires_at, :method,"
    " :proved_at, :second_cipher)"
)
_FORGET: Final = "DELETE FROM sessions WHERE business_id = :business_id AND session_id = :session_id"
_FORGET_EXPIRED: Final = "DELETE FROM sessions WHERE expires_at < now() - interval '1 hour'"
_LIST_OUTDATED: Final = (
    _SELECT + " WHERE NOT starts_with(address_index, :index_prefix)"
    " OR substring(address_cipher FROM 1 FOR octet_length(:cipher_prefix)) <> :cipher_prefix"
    " ORDER BY business_id, session_id LIMIT :limit"
)
_MARK_REWRITTEN: Final = (
    "UPDATE sessions SET address_index = :address_index, address_cipher = :address_cipher"
    " WHERE business_id = :business_id AND session_id = :session_id"
)


async def lock_live_session(tx: Transaction, session_id: str) -> LiveSession | None:
    """A live session, locked until the end of the transaction."""
    return await tx.one(_LOCK_ONE, LiveSession, session_id=session_id)


async def lock_live_sessions_of_contact(
    tx: Transaction, customer_id: str, contact_id: str
) -> list[LiveSession]:
    """A contact's live sessions, locked in one order, so that two who sign out everywhere do not deadlock."""
    return await tx.all(_LOCK_OF_CONTACT, LiveSession, customer_id=customer_id, contact_id=contact_id)


async def lock_live_sessions_of_customers(
    tx: Transaction, customer_ids: Collection[str]
) -> list[LiveSession]:
    """The live sessions of customers of a business, locked in the same order."""
    return await tx.all(_LOCK_OF_CUSTOMERS, LiveSession, customer_ids=list(customer_ids))


async def count_live_sessions_of_contact(tx: Transaction, customer_id: str, contact_id: str) -> int:
    """How many sessions of a contact live."""
    return await tx.value(_COUNT, int, customer_id=customer_id, contact_id=contact_id) or 0


async def was_proved_by_code(tx: Transaction, session_id: str, seconds: int) -> bool:
    """Whether a session rests on a code that was entered within so many seconds, by the database's clock."""
    return bool(await tx.value(_PROVED_BY_CODE, bool, session_id=session_id, seconds=seconds))


async def add_live_session(tx: Transaction, live: LiveSession) -> None:
    """A session lives."""
    await tx.run(_ADD, **asdict(live))


async def forget_live_session(tx: Transaction, session_id: str) -> None:
    """A session lives no more."""
    await tx.run(_FORGET, session_id=session_id)


async def forget_expired_sessions(tx: Transaction) -> None:
    """Sessions that ran out an hour ago, of all businesses."""
    await tx.run(_FORGET_EXPIRED)


async def list_outdated_sessions(tx: Transaction, current: StoredAddress, limit: int) -> list[LiveSession]:
    """Sessions of all businesses whose address does not begin as the current keys write it. Locks nothing."""
    return await tx.all(
        _LIST_OUTDATED,
        LiveSession,
        index_prefix=current.index,
        cipher_prefix=current.cipher,
        limit=limit,
    )


async def mark_session_rewritten(tx: Transaction, session_id: str, address: StoredAddress) -> None:
    """The same address, written with the current keys."""
    await tx.run(
        _MARK_REWRITTEN, session_id=session_id, address_index=address.index, address_cipher=address.cipher
    )
