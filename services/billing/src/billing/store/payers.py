"""Whose portal it is, and who may pay, as others tell it: no name and no address of a person is kept."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from chassis.database import Transaction, upsert
from servicehub_events import (
    LARGEST_SEQUENCE,
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Session,
    encode_event,
)
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

_METADATA = MetaData()
_BUSINESSES = Table(
    "businesses",
    _METADATA,
    Column("business_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("slug", Text, nullable=False),
    Column("state", JSONB, nullable=False),
)
_CUSTOMERS = Table(
    "customers",
    _METADATA,
    Column("business_id", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("portal_access", Boolean, nullable=False),
    Column("payers", ARRAY(Text), nullable=False),
    Column("erased", Boolean, nullable=False),
)
"""`payers` are the ids of the contacts who may pay."""
_ENDED_SESSIONS = Table(
    "ended_sessions",
    _METADATA,
    Column("business_id", Text, primary_key=True),
    Column("session_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
"""Sessions that ended before their time; forgotten when that has come."""

_FIND_SLUG_OWNER = "SELECT business_id FROM slugs WHERE slug = :slug ORDER BY business_id LIMIT 1"
_FIND_BUSINESS = "SELECT state FROM businesses WHERE business_id = :business_id"
_FIND_RIGHTS = (
    "SELECT c.portal_access AND NOT c.erased AS has_access, :contact_id = ANY(c.payers) AS may_pay,"
    " EXISTS (SELECT FROM ended_sessions e WHERE e.business_id = :business_id"
    " AND e.session_id = :session_id) AS session_ended"
    " FROM customers c WHERE c.business_id = :business_id AND c.customer_id = :customer_id"
)
_LIST_ERASED = (
    "SELECT c.business_id, c.customer_id FROM customers AS c"
    " JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " USING (business_id, customer_id) WHERE c.erased"
)
_FORGET_SESSION_ENDS = "DELETE FROM ended_sessions WHERE expires_at < :before"


@dataclass(frozen=True, slots=True)
class PayerRights:
    """What a session's customer and contact may do now."""

    has_access: bool
    may_pay: bool
    session_ended: bool


class _Key(msgspec.Struct, frozen=True):
    business_id: str
    customer_id: str


async def find_slug_owner(tx: Transaction, slug: str) -> str | None:
    """The business whose portal is at this address."""
    return await tx.value(_FIND_SLUG_OWNER, str, slug=slug)


async def find_business(tx: Transaction) -> Business | None:
    """The newest state of the transaction's business."""
    return await tx.value(_FIND_BUSINESS, Business)


async def find_payer_rights(
    tx: Transaction, customer_id: str, contact_id: str, session_id: str
) -> PayerRights | None:
    """The rights by the rows of now; None for a customer nobody has told of."""
    return await tx.one(
        _FIND_RIGHTS, PayerRights, customer_id=customer_id, contact_id=contact_id, session_id=session_id
    )


async def list_erased(tx: Transaction, customers: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these customers, as (business id, customer id), who are erased."""
    keys = [
        {"business_id": business_id, "customer_id": customer_id} for business_id, customer_id in customers
    ]
    erased = await tx.all(_LIST_ERASED, _Key, keys=msgspec.json.encode(keys).decode())
    return {(key.business_id, key.customer_id) for key in erased}


async def upsert_businesses(tx: Transaction, batch: Iterable[Envelope]) -> None:
    """Store businesses; the higher version wins."""
    rows = [_business(e, e.event) for e in batch if isinstance(e.event, Business)]
    await upsert.put(tx.connection, _BUSINESSES, rows)


async def upsert_customers(
    tx: Transaction, batch: Iterable[Envelope], erased: Collection[tuple[str, str]]
) -> None:
    """Store customers, and of the erased their ids; erasure outranks every version."""
    rows = [row for e in batch if (row := _customer(e, erased))]
    await upsert.put(tx.connection, _CUSTOMERS, rows)


async def upsert_session_ends(tx: Transaction, batch: Iterable[Envelope]) -> None:
    """Store which sessions ended before their time."""
    rows = [_ended(e, e.event) for e in batch if isinstance(e.event, Session) and e.event.revoked_at]
    await upsert.put(tx.connection, _ENDED_SESSIONS, rows)


async def forget_session_ends(tx: Transaction, before: datetime) -> None:
    """Delete the ends of sessions that would have expired before a time."""
    await tx.run(_FORGET_SESSION_ENDS, before=before)


def _business(envelope: Envelope, business: Business) -> upsert.Row:
    return {
        "business_id": business.business_id,
        "version": envelope.sequence,
        "slug": business.slug,
        "state": msgspec.Raw(encode_event(business)),
    }


def _customer(envelope: Envelope, erased: Collection[tuple[str, str]]) -> upsert.Row | None:
    match envelope.event:
        case CustomerErased() as event:
            version, access, payers = LARGEST_SEQUENCE, False, list[str]()
        case Customer() as event if (event.business_id, event.customer_id) not in erased:
            version, access = envelope.sequence, event.portal_access
            payers = [contact.contact_id for contact in event.contacts if contact.may("pay")]
        case _:
            return None
    return {
        "business_id": event.business_id,
        "customer_id": event.customer_id,
        "version": version,
        "portal_access": access,
        "payers": payers,
        "erased": isinstance(event, CustomerErased),
    }


def _ended(envelope: Envelope, session: Session) -> upsert.Row:
    return {
        "business_id": session.business_id,
        "session_id": session.session_id,
        "version": envelope.sequence,
        "expires_at": session.expires_at,
    }
