"""What is read of billing's own tables. Nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from chassis.database import Transaction
from chassis.events_out.event_store import EventStore
from servicehub_events import Business, Invoice, Payment, decode_event, invoice_money
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.domain.choices import Owed
from billing.domain.payments import stream_of

_SLUG = text("SELECT business_id FROM slugs WHERE slug = :slug ORDER BY business_id LIMIT 1")
_BUSINESS = text("SELECT state::text FROM businesses WHERE business_id = :business_id")
_PAYER = text(
    "SELECT c.portal_access AND NOT c.erased AS inside, :contact_id = ANY(c.payers) AS may_pay,"
    " EXISTS (SELECT FROM ended_sessions e WHERE e.business_id = :business_id"
    " AND e.session_id = :session_id) AS ended"
    " FROM customers c WHERE c.business_id = :business_id AND c.customer_id = :customer_id"
)
_INVOICES = text(
    "SELECT version, state::text FROM invoices WHERE business_id = :business_id"
    " AND customer_id = :customer_id AND invoice_id = ANY(CAST(:invoices AS text[]))"
    " AND state IS NOT NULL ORDER BY invoice_id"
)
# The newest event of a payment is its state.
_PAYMENTS = text(
    "SELECT DISTINCT ON (e.stream) e.type, e.data::text FROM claims c JOIN events e"
    " ON e.business_id = c.business_id AND e.stream = 'payment/' || c.payment_id"
    " WHERE c.business_id = :business_id AND c.invoice_id = ANY(CAST(:invoices AS text[]))"
    " ORDER BY e.stream, e.version DESC"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a session's customer and contact may do now."""

    inside: bool
    may_pay: bool
    ended: bool


async def business_of(connection: AsyncConnection, slug: str) -> str | None:
    """Whose portal is at this address."""
    found = (await connection.execute(_SLUG, {"slug": slug})).scalar()
    return found if isinstance(found, str) else None


async def business(connection: AsyncConnection, business_id: str) -> Business | None:
    """The business as it was last heard of."""
    found = (await connection.execute(_BUSINESS, {"business_id": business_id})).scalar()
    return msgspec.json.decode(found, type=Business) if isinstance(found, str) else None


async def standing(
    connection: AsyncConnection, business_id: str, customer_id: str, contact_id: str, session_id: str
) -> Standing:
    """Read from the rows of now; a customer nobody has told of is not inside."""
    key = {
        "business_id": business_id,
        "customer_id": customer_id,
        "contact_id": contact_id,
        "session_id": session_id,
    }
    row = (await connection.execute(_PAYER, key)).first()
    return Standing(*row) if row else Standing(inside=False, may_pay=False, ended=False)


async def owed(
    connection: AsyncConnection, business_id: str, customer_id: str, invoices: Sequence[str]
) -> list[Owed]:
    """The customer's invoices of these ids with their money, in id order; those of others are left out."""
    key = {"business_id": business_id, "customer_id": customer_id, "invoices": list(invoices)}
    rows = (await connection.execute(_INVOICES, key)).all()
    payments = await payments_of(connection, business_id, invoices)
    found = [(version, msgspec.json.decode(state, type=Invoice)) for version, state in rows]
    return [Owed(invoice, version, invoice_money(invoice, payments)) for version, invoice in found]


async def payments_of(
    connection: AsyncConnection, business_id: str, invoices: Sequence[str]
) -> list[Payment]:
    """The present states of all payments on these invoices."""
    found = await connection.execute(_PAYMENTS, {"business_id": business_id, "invoices": list(invoices)})
    events = [decode_event(kind, state.encode()) for kind, state in found]
    return [event for event in events if isinstance(event, Payment)]


async def credit(connection: AsyncConnection, payment: Payment) -> dict[str, int]:
    """What the business holds too much of on the payment's invoices, in minor units by id."""
    ids = [part.invoice_id for part in payment.allocations]
    found = await owed(connection, payment.business_id, payment.customer_id, ids)
    return {one.invoice.invoice_id: one.money.credit for one in found}


async def payment(
    connection: AsyncConnection, store: EventStore, business_id: str, payment_id: str
) -> Payment | None:
    """A payment's present state."""
    _, state = await store.latest(Transaction(connection, business_id), stream_of(payment_id), Payment)
    return state


def today(business: Business, now: datetime) -> date:
    """The day it is where the business is."""
    return now.astimezone(ZoneInfo(business.time_zone)).date()
