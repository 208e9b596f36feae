"""What sign-in reads. Web processes see one business's rows alone, by row-level security."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicehub_events import Channel
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp.ports import Candidate

_BY_SLUG = text("SELECT business_id FROM slugs WHERE slug = :slug")
_PORTAL = text(
    "SELECT business_id, slug, enabled, generation, country, default_locale, locales"
    " FROM businesses WHERE business_id = :business_id"
)
_COLUMN_OF = {"email": "email_index", "sms": "phone_index"}
_ADMITTED = (
    "SELECT {} FROM contacts c JOIN customers u USING (business_id, customer_id)"
    " WHERE c.business_id = :business_id AND c.{} = ANY(:indexes) AND u.portal_access AND NOT u.erased"
    " ORDER BY {}"
)
_BY_ID = "c.customer_id, c.contact_id"
_CANDIDATES = {
    channel: text(_ADMITTED.format(_BY_ID, column, _BY_ID)) for channel, column in _COLUMN_OF.items()
}
_RECIPIENTS = {
    channel: text(_ADMITTED.format("c.locale", column, f"c.locale IS NULL, {_BY_ID} LIMIT 1"))
    for channel, column in _COLUMN_OF.items()
}
_KNOWN = text(
    "SELECT EXISTS (SELECT FROM known_browsers WHERE business_id = :business_id AND browser_id = :browser_id"
    " AND address_index = ANY(:indexes) AND proved_at > now() - make_interval(days => :days))"
)
_LIVE = (
    "SELECT business_id, session_id, customer_id, contact_id, address_index, address_cipher, remembered,"
    " expires_at FROM sessions WHERE business_id = :business_id AND expires_at > now() AND {}"
    " ORDER BY session_id FOR UPDATE"
)
_LIVE_ONE = text(_LIVE.format("session_id = :session_id"))
_LIVE_OF_CONTACT = text(_LIVE.format("customer_id = :customer_id AND contact_id = :contact_id"))
_LIVE_OF_CUSTOMERS = text(_LIVE.format("customer_id = ANY(:customer_ids)"))
# Sign-in shares it, whoever changes a customer holds it alone: no session begins beside its own revocation.
_HOLD = (
    "SELECT pg_advisory_xact_lock{}(hashtextextended(held, 0))"
    " FROM (SELECT unnest(CAST(:keys AS text[])) AS held ORDER BY held) AS in_one_order"
)
_HOLD_SHARED, _HOLD_ALONE = text(_HOLD.format("_shared")), text(_HOLD.format(""))


@dataclass(frozen=True, slots=True)
class Portal:
    """A business as sign-in knows it."""

    business_id: str
    slug: str
    enabled: bool
    generation: int
    country: str
    default_locale: str
    locales: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a code may go to."""

    locale: str | None


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that is neither revoked nor run out."""

    business_id: str
    session_id: str
    customer_id: str
    contact_id: str
    address_index: str
    address_cipher: bytes
    remembered: bool
    expires_at: datetime


async def business_of(connection: AsyncConnection, slug: str) -> str | None:
    """The business that a slug, present or former, leads to."""
    found: str | None = await connection.scalar(_BY_SLUG, {"slug": slug})
    return found


async def find_portal(connection: AsyncConnection, business_id: str) -> Portal | None:
    """The portal of a business."""
    row = (await connection.execute(_PORTAL, {"business_id": business_id})).first()
    return None if row is None else Portal(*row[:6], locales=tuple(row.locales))


async def find_candidates(
    connection: AsyncConnection, business_id: str, channel: Channel, indexes: Sequence[str]
) -> tuple[Candidate, ...]:
    """The contacts an address may sign in as, in a fixed order.

    Their customers cannot change until the end of the transaction.
    """
    names = {"business_id": business_id, "indexes": list(indexes)}
    found = (await connection.execute(_CANDIDATES[channel], names)).all()
    await hold_customers(connection, [f"{business_id}/{row.customer_id}" for row in found], alone=False)
    found = (await connection.execute(_CANDIDATES[channel], names)).all()
    return tuple(Candidate(row.customer_id, row.contact_id) for row in found)


async def find_recipient(
    connection: AsyncConnection, business_id: str, channel: Channel, indexes: Sequence[str]
) -> Recipient | None:
    """Whether anybody may sign in with an address, and the language they like to be written to in."""
    names = {"business_id": business_id, "indexes": list(indexes)}
    row = (await connection.execute(_RECIPIENTS[channel], names)).first()
    return None if row is None else Recipient(row.locale)


async def hold_customers(connection: AsyncConnection, keys: Sequence[str], *, alone: bool) -> None:
    """Hold `{business}/{customer}` until the end of the transaction, shared or alone."""
    if keys:
        await connection.execute(_HOLD_ALONE if alone else _HOLD_SHARED, {"keys": list(keys)})


async def knows_browser(
    connection: AsyncConnection, business_id: str, indexes: Sequence[str], browser_id: str, days: int
) -> bool:
    """Whether this browser proved the address within so many days."""
    names = {"business_id": business_id, "indexes": list(indexes), "browser_id": browser_id, "days": days}
    return bool(await connection.scalar(_KNOWN, names))


async def live_session(connection: AsyncConnection, business_id: str, session_id: str) -> LiveSession | None:
    """A live session, locked until the end of the transaction."""
    names = {"business_id": business_id, "session_id": session_id}
    row = (await connection.execute(_LIVE_ONE, names)).first()
    return None if row is None else _live(row)


async def live_sessions_of_contact(
    connection: AsyncConnection, business_id: str, customer_id: str, contact_id: str
) -> list[LiveSession]:
    """A contact's live sessions, locked."""
    names = {"business_id": business_id, "customer_id": customer_id, "contact_id": contact_id}
    return [_live(row) for row in await connection.execute(_LIVE_OF_CONTACT, names)]


async def live_sessions_of_customers(
    connection: AsyncConnection, business_id: str, customer_ids: Sequence[str]
) -> list[LiveSession]:
    """The live sessions of some customers of a business, locked."""
    names = {"business_id": business_id, "customer_ids": list(customer_ids)}
    return [_live(row) for row in await connection.execute(_LIVE_OF_CUSTOMERS, names)]


def _live(row: Row[tuple[object, ...]]) -> LiveSession:
    return LiveSession(**row._mapping)  # pyright: ignore[reportPrivateUsage]  # public, by SQLAlchemy's documentation
