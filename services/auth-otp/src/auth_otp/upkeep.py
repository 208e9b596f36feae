"""What has run its time is deleted, and what was written with an old key is written anew."""

from chassis.crypto import BlindIndex, FieldCipher
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp.settings import Settings

_EXPIRED = (
    text("DELETE FROM sessions WHERE expires_at < now() - interval '1 hour'"),
    text("DELETE FROM failures WHERE day < (now() AT TIME ZONE 'UTC')::date - 1"),
    text("DELETE FROM sms_days WHERE day < (now() AT TIME ZONE 'UTC')::date - 31"),
)
_BROWSERS = text("DELETE FROM known_browsers WHERE proved_at < now() - make_interval(days => :days)")
_OLD_KEYS = text(
    "SELECT business_id, customer_id, contact_id, email_cipher, phone_cipher FROM contacts"
    " WHERE email_index NOT LIKE :index_key OR phone_index NOT LIKE :index_key"
    " OR substring(email_cipher FROM 1 FOR :prefix) <> :field_key"
    " OR substring(phone_cipher FROM 1 FOR :prefix) <> :field_key LIMIT :most FOR UPDATE SKIP LOCKED"
)
_REWRITE = text(
    "UPDATE contacts SET email_cipher = :email_cipher, phone_cipher = :phone_cipher,"
    " email_index = :email_index, phone_index = :phone_index"
    " WHERE business_id = :business_id AND customer_id = :customer_id AND contact_id = :contact_id"
)


async def delete_expired(connection: AsyncConnection, settings: Settings) -> None:
    """Delete what no rule looks at any more."""
    for statement in _EXPIRED:
        await connection.execute(statement)
    await connection.execute(_BROWSERS, {"days": settings.known_browser_days})


async def rewrite_old_keys(connection: AsyncConnection, settings: Settings, most: int = 500) -> int:
    """Write contacts with the current keys; how many there were. At 0 an old key may be retired.

    Raises `Undecipherable` when one was retired too early.
    """
    cipher, index = FieldCipher(settings.field_keys), BlindIndex(settings.index_keys)
    kid = settings.field_keys.current.encode()
    names = {
        "index_key": f"{settings.index_keys.current}.%",
        "field_key": bytes([len(kid)]) + kid,
        "prefix": 1 + len(kid),
        "most": most,
    }
    rows = (await connection.execute(_OLD_KEYS, names)).all()
    for row in rows:
        where = f"contacts/{row.business_id}/{row.customer_id}/{row.contact_id}"
        values: dict[str, object] = {}
        for field in ("email", "phone"):
            stored: bytes | None = getattr(row, f"{field}_cipher")
            plain = cipher.decrypt(stored, context=where) if stored else None
            values[f"{field}_cipher"] = cipher.encrypt(plain, context=where) if plain else None
            values[f"{field}_index"] = index.current(row.business_id, plain.decode()) if plain else None
        ids = {name: getattr(row, name) for name in ("business_id", "customer_id", "contact_id")}
        await connection.execute(_REWRITE, {**ids, **values})
    return len(rows)
