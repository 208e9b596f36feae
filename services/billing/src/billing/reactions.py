"""What other services' events mean to billing: rows of its own, the higher version winning.

An erased customer stays erased: later rows of it are ignored, its invoices keep their ids alone, and the
notices of its payments no body, whichever of the topics is read first. An invoice that changed has its open
payments asked about: they may take more now than is owed.
"""

import json
from collections.abc import Iterable, Sequence

from chassis.database import upsert
from chassis.events_in.records import Received
from servicehub_events import (
    LARGEST_SEQUENCE,
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Event,
    Invoice,
    InvoiceErased,
    Session,
    encode_event,
)
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import attempts, webhooks
from billing.tables import businesses, customers, ended_sessions, invoices

_ERASED = text(
    "SELECT c.business_id, c.customer_id FROM customers AS c"
    " JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " USING (business_id, customer_id) WHERE c.erased"
)
_CLEAR_INVOICES = text(
    "UPDATE invoices AS i SET state = NULL"
    " FROM jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " WHERE i.business_id = k.business_id AND i.customer_id = k.customer_id AND i.state IS NOT NULL"
    " RETURNING i.business_id, i.invoice_id"
)

_ASK = text(
    "WITH asked AS (UPDATE attempts AS a SET look_at = now()"  # noqa: S608  # a name of our own
    " FROM claims AS c JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, invoice_id text)"
    " USING (business_id, invoice_id) WHERE c.held AND a.look_at IS NOT NULL"
    " AND a.business_id = c.business_id AND a.payment_id = c.payment_id"
    f" RETURNING a.payment_id) SELECT pg_notify('{attempts.CHANNEL}', '') WHERE EXISTS (SELECT FROM asked)"
)

# Two workers may hold a customer's erasure and an invoice of theirs at once: neither may pass unseen.
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('billing.erasure', 0))")
_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('billing.erasure', 0))")

_Person = tuple[str, str]  # business and customer
_OfCustomer = Customer | CustomerErased | Invoice | InvoiceErased


async def learn(connection: AsyncConnection, events: Sequence[Received]) -> None:
    """Store what these events say."""
    heard = [received.envelope for received in events]
    erasing = any(isinstance(e.event, CustomerErased) for e in heard)
    await connection.execute(_ALONE if erasing else _SHARED)
    gone = await _erased(connection, heard)
    await upsert.put(
        connection, businesses, [_business(e, s) for e in heard if isinstance(s := e.event, Business)]
    )
    await upsert.put(connection, customers, list(_customers(heard, gone)))
    await upsert.put(connection, ended_sessions, list(_ended_sessions(heard)))
    changed = await upsert.put(connection, invoices, list(_invoices(heard, gone)))
    newly_gone = {_person(e.event) for e in heard if isinstance(e.event, CustomerErased)}
    cleared = await connection.execute(_CLEAR_INVOICES, {"keys": _keys(newly_gone)})
    if newly_gone:
        await webhooks.forget_payers(connection, _keys(newly_gone))
    await _ask_about(connection, [*changed, *cleared])


async def _ask_about(connection: AsyncConnection, changed: Sequence[Sequence[object]]) -> None:
    """Open payments on these invoices may take more than is owed by now."""
    keys = [{"business_id": business_id, "invoice_id": invoice_id} for business_id, invoice_id in changed]
    if keys:
        await connection.execute(_ASK, {"keys": json.dumps(keys)})


async def _erased(connection: AsyncConnection, heard: Iterable[Envelope]) -> set[_Person]:
    """The customers of these events that are erased already, or by one of these events."""
    events = [e.event for e in heard if isinstance(e.event, _OfCustomer)]
    known = await connection.execute(_ERASED, {"keys": _keys({_person(event) for event in events})})
    now = {_person(event) for event in events if isinstance(event, CustomerErased)}
    return {(business_id, customer_id) for business_id, customer_id in known} | now


def _person(event: _OfCustomer) -> _Person:
    return event.business_id, event.customer_id


def _keys(people: Iterable[_Person]) -> str:
    return json.dumps([{"business_id": b, "customer_id": c} for b, c in sorted(people)])


def _business(envelope: Envelope, state: Business) -> upsert.Row:
    return {
        "business_id": state.business_id,
        "version": envelope.sequence,
        "slug": state.slug,
        "state": _json(state),
    }


def _customers(heard: Iterable[Envelope], gone: set[_Person]) -> Iterable[upsert.Row]:
    for envelope in heard:
        event = envelope.event
        if isinstance(event, CustomerErased):
            yield _customer(envelope, event, access=False, payers=[])
        elif isinstance(event, Customer) and _person(event) not in gone:
            payers = [contact.contact_id for contact in event.contacts if contact.may("pay")]
            yield _customer(envelope, event, access=event.portal_access, payers=payers)


def _customer(
    envelope: Envelope, event: Customer | CustomerErased, *, access: bool, payers: list[str]
) -> upsert.Row:
    return {
        "business_id": event.business_id,
        "customer_id": event.customer_id,
        "version": LARGEST_SEQUENCE if isinstance(event, CustomerErased) else envelope.sequence,
        "portal_access": access,
        "payers": payers,
        "erased": isinstance(event, CustomerErased),
    }


def _ended_sessions(heard: Iterable[Envelope]) -> Iterable[upsert.Row]:
    for envelope in heard:
        session = envelope.event
        if isinstance(session, Session) and session.revoked_at is not None:
            yield {
                "business_id": session.business_id,
                "session_id": session.session_id,
                "version": envelope.sequence,
                "expires_at": session.expires_at.isoformat(),
            }


def _invoices(heard: Iterable[Envelope], gone: set[_Person]) -> Iterable[upsert.Row]:
    for envelope in heard:
        event = envelope.event
        if isinstance(event, Invoice | InvoiceErased):
            kept = isinstance(event, Invoice) and _person(event) not in gone
            yield {
                "business_id": event.business_id,
                "invoice_id": event.invoice_id,
                "version": LARGEST_SEQUENCE if isinstance(event, InvoiceErased) else envelope.sequence,
                "customer_id": event.customer_id,
                "state": _json(event) if kept else None,
            }


def _json(event: Event) -> object:
    return json.loads(encode_event(event))
