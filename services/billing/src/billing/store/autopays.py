"""Autopays that are on: whose card pays, and when to look at each next; and what else autopay has to read."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import msgspec
from chassis.database import Transaction
from servicehub_events import AutopayAnnounced, Invoice, Role, decode_event, invoice_money

from billing.domain.amounts import OwedInvoice
from billing.domain.autopay import CoveredInvoice, PayerAccess, stream_of
from billing.store.invoices import list_payments

_COLUMNS = "business_id, customer_id, contact_id, account, vault, card_id"
_THIS_ONE = "WHERE business_id = :business_id AND customer_id = :customer_id"
# Every name in these statements is ours.
_ADD = (
    f"INSERT INTO autopays ({_COLUMNS}, next_look_at)"  # noqa: S608  # ours
    f" VALUES (:{_COLUMNS.replace(', ', ', :')}, :now) ON CONFLICT DO NOTHING"
)
_FIND = f"SELECT {_COLUMNS} FROM autopays {_THIS_ONE}"  # noqa: S608  # ours
_LOCK = f"{_FIND} FOR UPDATE"
_DELETE = f"DELETE FROM autopays {_THIS_ONE}"  # noqa: S608  # ours
_LOCK_DUE = (
    "UPDATE autopays SET next_look_at = :again WHERE (business_id, customer_id) IN"  # noqa: S608  # ours
    " (SELECT business_id, customer_id FROM autopays WHERE next_look_at <= :now ORDER BY next_look_at LIMIT 1"
    f" FOR UPDATE SKIP LOCKED) RETURNING {_COLUMNS}"
)
# Asked for twice at once, the earlier moment holds: whoever looks says when to look next before it looks.
_MARK_LOOK = f"UPDATE autopays SET next_look_at = :at {_THIS_ONE} AND next_look_at = :since"  # noqa: S608  # ours
_MARK_DUE = (
    "UPDATE autopays SET next_look_at = :now WHERE (business_id, customer_id) IN (SELECT a.business_id,"
    " a.customer_id FROM autopays AS a JOIN jsonb_to_recordset(CAST(:keys AS jsonb))"
    " AS k(business_id text, customer_id text) USING (business_id, customer_id)"
    " ORDER BY a.business_id, a.customer_id FOR UPDATE OF a)"
)
_MARK_BUSINESSES_DUE = (
    "UPDATE autopays SET next_look_at = :now WHERE (business_id, customer_id) IN (SELECT business_id,"
    " customer_id FROM autopays WHERE business_id = ANY(CAST(:businesses AS text[]))"
    " ORDER BY business_id, customer_id FOR UPDATE)"
)
_OF_INVOICES = (
    "SELECT DISTINCT business_id, customer_id FROM invoices"
    " JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, invoice_id text)"
    " USING (business_id, invoice_id)"
)
_LIST_COVERED = (
    "SELECT version, state, known_since FROM invoices WHERE business_id = :business_id"
    " AND customer_id = :customer_id AND state IS NOT NULL AND state ->> 'status' = 'open'"
    " AND (known_since > :since OR invoice_id = ANY(CAST(:invoices AS text[])))"
)
_FIND_ACCESS = f"SELECT portal_access, contacts FROM customers {_THIS_ONE} AND NOT erased"  # noqa: S608  # ours
_FIND_EVENT = (
    "SELECT type, data::text AS data FROM events WHERE business_id = :business_id AND stream = :stream"
    " AND event_id = :event_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutopayCard:
    """The card of a contact by which a customer's new invoices are paid; `vault` and `card_id` are the
    processor's ids, on an account of the business.
    """

    business_id: str
    customer_id: str
    contact_id: str
    account: str
    vault: str
    card_id: str


class _Covered(msgspec.Struct, frozen=True):
    version: int
    state: Invoice
    known_since: datetime


class _Access(msgspec.Struct, frozen=True):
    portal_access: bool
    contacts: dict[str, tuple[Role, ...] | None]


class _Event(msgspec.Struct, frozen=True):
    type: str
    data: str


class _Key(msgspec.Struct, frozen=True):
    business_id: str
    customer_id: str


async def add_autopay(tx: Transaction, card: AutopayCard, now: datetime) -> bool:
    """Store it, to be looked at now; False when the customer has one."""
    return await tx.run(_ADD, **asdict(card), now=now) > 0


async def find_autopay(tx: Transaction, customer_id: str) -> AutopayCard | None:
    """That of a customer; None while it is off."""
    return await tx.one(_FIND, AutopayCard, customer_id=customer_id)


async def lock_autopay(tx: Transaction, customer_id: str) -> AutopayCard | None:
    """The same, locked until the transaction ends: nobody switches it off meanwhile."""
    return await tx.one(_LOCK, AutopayCard, customer_id=customer_id)


async def delete_autopay(tx: Transaction, customer_id: str) -> None:
    """It is off."""
    await tx.run(_DELETE, customer_id=customer_id)


async def lock_due(tx: Transaction, now: datetime, *, again: datetime) -> AutopayCard | None:
    """Take one that is to be looked at, until `again`. Commit before looking."""
    return await tx.one(_LOCK_DUE, AutopayCard, now=now, again=again)


async def mark_next_look(tx: Transaction, card: AutopayCard, at: datetime, *, since: datetime) -> None:
    """When to look next, unless something happened after it was taken until `since`."""
    await tx.run(_MARK_LOOK, customer_id=card.customer_id, at=at, since=since)


async def mark_due(tx: Transaction, customers: Iterable[tuple[str, str]], now: datetime) -> None:
    """Have those of these customers looked at now, as (business id, customer id)."""
    if keys := [{"business_id": business, "customer_id": customer} for business, customer in customers]:
        await tx.run(_MARK_DUE, keys=msgspec.json.encode(keys).decode(), now=now)


async def mark_businesses_due(tx: Transaction, businesses: Collection[str], now: datetime) -> None:
    """Have those at these businesses looked at now."""
    if businesses:
        await tx.run(_MARK_BUSINESSES_DUE, businesses=sorted(businesses), now=now)


async def mark_invoices_due(tx: Transaction, invoices: Iterable[tuple[str, str]], now: datetime) -> None:
    """Have those of the customers of these invoices looked at now, as (business id, invoice id)."""
    keys = [{"business_id": business_id, "invoice_id": invoice_id} for business_id, invoice_id in invoices]
    if keys:
        customers = await tx.all(_OF_INVOICES, _Key, keys=msgspec.json.encode(keys).decode())
        await mark_due(tx, [(key.business_id, key.customer_id) for key in customers], now)


async def list_covered(
    tx: Transaction, customer_id: str, since: datetime, invoices: Sequence[str]
) -> dict[str, CoveredInvoice]:
    """The customer's open invoices that came since then, and those of these ids, with their money."""
    rows = await tx.all(
        _LIST_COVERED, _Covered, customer_id=customer_id, since=since, invoices=list(invoices)
    )
    payments = await list_payments(tx, [row.state.invoice_id for row in rows])
    return {
        row.state.invoice_id: CoveredInvoice(
            OwedInvoice(row.state, row.version, invoice_money(row.state, payments)), row.known_since
        )
        for row in rows
    }


async def find_access(tx: Transaction, customer_id: str) -> PayerAccess | None:
    """Who may act for a customer; None for one that is unknown or erased."""
    row = await tx.one(_FIND_ACCESS, _Access, customer_id=customer_id)
    return row and PayerAccess(row.portal_access, row.contacts)


async def find_announcement(tx: Transaction, customer_id: str, event_id: str) -> AutopayAnnounced | None:
    """The event that asked for a notice; None where that was none of ours."""
    row = await tx.one(_FIND_EVENT, _Event, stream=stream_of(customer_id), event_id=event_id)
    event = decode_event(row.type, row.data.encode()) if row else None
    return event if isinstance(event, AutopayAnnounced) else None
