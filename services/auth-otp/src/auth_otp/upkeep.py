"""What has run its time is deleted, and what was written with an old key is written anew."""

from dataclasses import dataclass

from chassis.encryption import BlindIndex, FieldCipher
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp import records
from auth_otp.handlers.sessions import session_context
from auth_otp.settings import Settings

_EXPIRED = (
    text("DELETE FROM sessions WHERE expires_at < now() - interval '1 hour'"),
    text("DELETE FROM failures WHERE day < (now() AT TIME ZONE 'UTC')::date - 1"),
    text("DELETE FROM sms_days WHERE day < (now() AT TIME ZONE 'UTC')::date - 31"),
)
_BROWSERS = text("DELETE FROM known_browsers WHERE proved_at < now() - make_interval(days => :days)")
_OLD_CONTACTS = text(
    "SELECT business_id, customer_id, contact_id, email_cipher, phone_cipher FROM contacts"
    " WHERE email_index NOT LIKE :index_key OR phone_index NOT LIKE :index_key"
    " OR substring(email_cipher FROM 1 FOR :prefix) <> :field_key"
    " OR substring(phone_cipher FROM 1 FOR :prefix) <> :field_key LIMIT :most FOR UPDATE SKIP LOCKED"
)
_REWRITE_CONTACT = text(
    "UPDATE contacts SET email_cipher = :email_cipher, phone_cipher = :phone_cipher,"
    " email_index = :email_index, phone_index = :phone_index"
    " WHERE business_id = :business_id AND customer_id = :customer_id AND contact_id = :contact_id"
)
_OLD_SESSIONS = text(
    "SELECT business_id, session_id, address_cipher FROM sessions WHERE address_index NOT LIKE :index_key"
    " OR substring(address_cipher FROM 1 FOR :prefix) <> :field_key"
    " ORDER BY business_id, session_id LIMIT :most"
)
_REWRITE_SESSION = text(
    "UPDATE sessions SET address_index = :address_index, address_cipher = :address_cipher"
    " WHERE business_id = :business_id AND session_id = :session_id"
)


async def delete_expired(connection: AsyncConnection, settings: Settings) -> None:
    """Delete what no rule looks at any more."""
    for statement in _EXPIRED:
        await connection.execute(statement)
    await connection.execute(_BROWSERS, {"days": settings.known_browser_days})


async def rewrite_old_keys(connection: AsyncConnection, settings: Settings, most: int = 500) -> int:
    """Write contacts and live sessions with the current keys, and take the browsers known for their addresses
    along; how many contacts and sessions there were. At 0 an old key may be retired.

    Raises `Undecipherable` when one was retired too early.
    """
    keys = _Keys(FieldCipher(settings.field_keys), BlindIndex(settings.index_keys))
    kid = settings.field_keys.current.encode()
    old = {
        "index_key": f"{settings.index_keys.current}.%",
        "field_key": bytes([len(kid)]) + kid,
        "prefix": 1 + len(kid),
        "most": most,
    }
    contacts = (await connection.execute(_OLD_CONTACTS, old)).all()
    for row in contacts:
        await _rewrite_contact(connection, keys, row)
    sessions = (await connection.execute(_OLD_SESSIONS, old)).all()
    for row in sessions:
        await _rewrite_session(connection, keys, row)
    return len(contacts) + len(sessions)


@dataclass(frozen=True, slots=True)
class _Keys:
    cipher: FieldCipher
    index: BlindIndex


async def _rewrite_contact(connection: AsyncConnection, keys: _Keys, row: Row[tuple[object, ...]]) -> None:
    where = f"contacts/{row.business_id}/{row.customer_id}/{row.contact_id}"
    values: dict[str, object] = {}
    for field in ("email", "phone"):
        stored: bytes | None = getattr(row, f"{field}_cipher")
        plain = keys.cipher.decrypt(stored, context=where) if stored else None
        values[f"{field}_cipher"] = keys.cipher.encrypt(plain, context=where) if plain else None
        values[f"{field}_index"] = await _current(connection, keys, row, plain) if plain else None
    ids = {name: getattr(row, name) for name in ("business_id", "customer_id", "contact_id")}
    await connection.execute(_REWRITE_CONTACT, {**ids, **values})


async def _rewrite_session(connection: AsyncConnection, keys: _Keys, row: Row[tuple[object, ...]]) -> None:
    """Browsers first, the session then: the order in which signing in touches them, so neither blocks."""
    where = session_context(row.business_id)
    plain = keys.cipher.decrypt(row.address_cipher, context=where)
    values = {
        "business_id": row.business_id,
        "session_id": row.session_id,
        "address_index": await _current(connection, keys, row, plain),
        "address_cipher": keys.cipher.encrypt(plain, context=where),
    }
    await connection.execute(_REWRITE_SESSION, values)


async def _current(
    connection: AsyncConnection, keys: _Keys, row: Row[tuple[object, ...]], plain: bytes
) -> str:
    """The current index of an address, under which the browsers known for it now are, too."""
    indexes = keys.index.accepted(row.business_id, plain.decode())
    await records.move_browsers(connection, row.business_id, indexes)
    return indexes[0]
