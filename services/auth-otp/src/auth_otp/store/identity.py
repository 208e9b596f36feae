"""What others say about businesses and customers, as far as sign-in needs it."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import msgspec
from chassis.database import Transaction, lock_customers, upsert
from servicehub_events import Business, Customer, CustomerErased, Envelope
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, MetaData, Table, Text

from auth_otp.domain.contacts import customer_of, newest
from auth_otp.domain.sign_in import Portal

_metadata = MetaData()
_businesses = Table(
    "businesses",
    _metadata,
    Column("business_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("slug", Text, nullable=False),
    Column("former_slugs", ARRAY(Text), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("country", Text, nullable=False),
    Column("default_locale", Text, nullable=False),
    Column("locales", ARRAY(Text), nullable=False),
)
_customers = Table(
    "customers",
    _metadata,
    Column("business_id", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("portal_access", Boolean, nullable=False),
    Column("erased", Boolean, nullable=False),
    Column("locale", Text),
)
_FIND_SLUG_OWNER: Final = "SELECT business_id FROM slugs WHERE slug = :slug"
_FIND_BUSINESS: Final = (
    "SELECT business_id, slug, enabled, generation, country, default_locale, locales"
    " FROM businesses WHERE business_id = :business_id"
)
_FIND_STORED: Final = (
    "SELECT customer_id, version, erased FROM customers"
    " WHERE business_id = :business_id AND customer_id = ANY(:ids)"
)
_ADD_ERASED: Final = (
    "INSERT INTO customers AS c (business_id, customer_id, version, portal_access, erased)"
    " VALUES (:business_id, :customer_id, :version, false, true)"
    " ON CONFLICT (business_id, customer_id) DO UPDATE SET version = GREATEST(c.version, EXCLUDED.version),"
    " portal_access = false, erased = true, locale = NULL"
)


class _Stored(msgspec.Struct, frozen=True):
    customer_id: str
    version: int
    erased: bool


async def find_slug_owner(tx: Transaction, slug: str) -> str | None:
    """The business that a slug, present or former, leads to."""
    return await tx.value(_FIND_SLUG_OWNER, str, slug=slug)


async def find_business(tx: Transaction, business_id: str) -> Portal | None:
    """The portal of a business."""
    return await tx.one(_FIND_BUSINESS, Portal, business_id=business_id)


async def upsert_businesses(tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store the newest state of each business."""
    rows = [_business(e.event, e.sequence) for e in batch if isinstance(e.event, Business)]
    await upsert.put(tx.connection, _businesses, rows)


async def upsert_customers(tx: Transaction, batch: Sequence[Envelope]) -> list[Envelope]:
    """Store the newest word on each customer; the erased stay erased. Locks the customers alone.

    Returns all that is newer than what was stored, by business and version: who lost something and got it
    back within one batch lost it.
    """
    events = sorted((e for e in batch if customer_of(e)), key=lambda e: (e.business_id, e.sequence))
    await lock_customers(tx, [(e.business_id, customer_of(e)) for e in events], alone=True)
    newer: list[Envelope] = []
    for business_id, of_business in groupby(events, key=lambda e: e.business_id):
        newer += await _newer(tx.of(business_id), list(of_business))
    last = newest(newer)
    erased = [e for e in last if isinstance(e.event, CustomerErased)]
    await tx.run_each(_ADD_ERASED, [_erased(e) for e in erased])
    await upsert.put(
        tx.connection,
        _customers,
        [_customer(e.event, e.sequence) for e in last if isinstance(e.event, Customer)],
    )
    return newer


async def _newer(tx: Transaction, events: Sequence[Envelope]) -> list[Envelope]:
    """What is newer than what is stored; an erasure always is, and nothing after it ever."""
    rows = await tx.all(_FIND_STORED, _Stored, ids=[customer_of(e) for e in events])
    erased = {row.customer_id for row in rows if row.erased}
    versions = {row.customer_id: row.version for row in rows}
    return [
        e
        for e in events
        if customer_of(e) not in erased
        and (isinstance(e.event, CustomerErased) or e.sequence > versions.get(customer_of(e), -1))
    ]


def _business(event: Business, version: int) -> dict[str, object]:
    names = [column.name for column in _businesses.columns if column.name != "version"]
    return {"version": version, **{name: getattr(event, name) for name in names}}


def _erased(envelope: Envelope) -> dict[str, object]:
    return {
        "business_id": envelope.business_id,
        "customer_id": customer_of(envelope),
        "version": envelope.sequence,
    }


def _customer(event: Customer, version: int) -> dict[str, object]:
    return {
        "business_id": event.business_id,
        "customer_id": event.customer_id,
        "version": version,
        "portal_access": event.portal_access,
        "erased": False,
        "locale": event.locale,
    }
