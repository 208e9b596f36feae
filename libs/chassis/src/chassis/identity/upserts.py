"""Stores what others say about businesses, customers and sessions: only a higher version replaces a row.

Each upsert is a reaction: it takes a batch of any length in a few statements, in whatever order events come.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from servicehub_events import Customer, CustomerErased, Envelope

from chassis.database import Transaction, lock_customers, upsert
from chassis.identity.changes import (
    CustomerChanges,
    CustomerKey,
    StoredCustomer,
    customer_changes,
    customer_of,
    erasure_of,
)
from chassis.identity.rows import business_rows, customer_row, session_end_row
from chassis.identity.tables import business_slugs, businesses, customers, ended_sessions

_OF_KEYS: Final = (
    " FROM customers c JOIN jsonb_to_recordset(CAST(:keys AS jsonb))"
    " AS k(business_id text, customer_id text)"
    " ON c.business_id = k.business_id AND c.customer_id = k.customer_id"
)
_FIND_STORED: Final = (
    "SELECT c.business_id, c.customer_id, c.version, c.erased,"
    f" ARRAY(SELECT jsonb_object_keys(c.contacts)) AS contact_ids{_OF_KEYS}"
)
_FIND_ERASED: Final = f"SELECT c.business_id, c.customer_id{_OF_KEYS} WHERE c.erased"
_FORGET_SESSION_ENDS: Final = "DELETE FROM ended_sessions WHERE expires_at < :before"


async def upsert_businesses(ctx: object, tx: Transaction, batch: Sequence[Envelope]) -> set[str]:
    """Store the newest state and slugs of each business. Returns the ids of those that changed."""
    states = [rows for envelope in batch if (rows := business_rows(envelope))]
    written = await upsert.put(tx, businesses, [rows.business for rows in states])
    await upsert.put(tx, business_slugs, [slug for rows in states for slug in rows.slugs])
    return {str(business_id) for (business_id,) in written}


async def upsert_customers(ctx: object, tx: Transaction, batch: Sequence[Envelope]) -> CustomerChanges:
    """Store the newest access of each customer, or that it was erased; no name and no address.

    Locks the customers alone until the transaction ends: nobody writes for one meanwhile.
    """
    states = [envelope for envelope in batch if isinstance(envelope.event, Customer | CustomerErased)]
    keys = {key for envelope in states if (key := customer_of(envelope))}
    await lock_customers(tx, keys, alone=True)
    stored = await tx.all(_FIND_STORED, StoredCustomer, keys=_json(keys))
    changes = customer_changes(states, stored)
    rows = [row for envelope in changes.newer if (row := customer_row(envelope))]
    await upsert.put(tx, customers, rows)
    return changes


async def upsert_session_ends(
    ctx: object, tx: Transaction, batch: Sequence[Envelope]
) -> set[tuple[str, str]]:
    """Store which sessions ended before their time. Returns what is new of it: (business id, session id)."""
    rows = [row for envelope in batch if (row := session_end_row(envelope))]
    written = await upsert.put(tx, ended_sessions, rows)
    return {(str(business_id), str(session_id)) for business_id, session_id in written}


async def forget_session_ends(tx: Transaction, before: datetime) -> int:
    """Delete the ends of sessions that had expired by then; how many. Any earlier, one would live again."""
    return await tx.run(_FORGET_SESSION_ENDS, before=before)


async def without_erased(tx: Transaction, batch: Sequence[Envelope]) -> Sequence[Envelope]:
    """The batch, with each event of an erased customer as the erasure of its aggregate: ids alone.

    One whose kind has no erasure, as a payment, is left out. Locks the customers shared until the transaction
    ends, so that none is erased before what is written for it can be seen.
    """
    erased = await lock_erased(tx, {key for envelope in batch if (key := customer_of(envelope))})
    kept = (erasure_of(envelope) if customer_of(envelope) in erased else envelope for envelope in batch)
    return [envelope for envelope in kept if envelope]


async def lock_erased(tx: Transaction, customers: Iterable[CustomerKey]) -> set[CustomerKey]:
    """Which of these customers are erased. They are locked shared, so that no other one is meanwhile."""
    keys = set(customers)
    await lock_customers(tx, keys, alone=False)
    rows = await tx.all(_FIND_ERASED, _Key, keys=_json(keys))
    return {(row.business_id, row.customer_id) for row in rows}


class _Key(msgspec.Struct, frozen=True):
    business_id: str
    customer_id: str


def _json(keys: Iterable[CustomerKey]) -> str:
    return json.dumps([{"business_id": business, "customer_id": customer} for business, customer in keys])
