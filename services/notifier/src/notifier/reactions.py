"""What other services' events mean to the notifier: whom it writes to, and what about.

An erased customer stays erased: later rows of it are ignored, and all that hangs on it goes.
"""

import json
from collections.abc import Sequence

from chassis.database import Transaction, upsert
from chassis.events_in import Reactions
from servicehub_events import (
    LARGEST_SEQUENCE,
    Appointment,
    AppointmentErased,
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Invoice,
    InvoiceErased,
    Payment,
    Preferences,
    SignInCodeRequested,
    encode_event,
)

from notifier.context import Context
from notifier.domain.notifications import NotifiedContact
from notifier.handlers.store_facts import store_facts
from notifier.sealed_codes import store_sealed_codes
from notifier.store import contacts


async def businesses_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Keep the newest state of each business."""
    rows: list[upsert.Row] = [
        {
            "business_id": envelope.business_id,
            "version": envelope.sequence,
            "slug": envelope.event.slug,
            "state": json.loads(encode_event(envelope.event)),
        }
        for envelope in batch
        if isinstance(envelope.event, Business)
    ]
    await contacts.upsert_rows(tx, contacts.BUSINESSES, rows)


async def customers_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Keep who can be written to; of the erased, ids alone."""
    erased = [envelope.event for envelope in batch if isinstance(envelope.event, CustomerErased)]
    await contacts.forget_customers(tx, [(event.business_id, event.customer_id) for event in erased])
    rows = [_customer(ctx, envelope) for envelope in batch]
    await contacts.upsert_rows(tx, contacts.CUSTOMERS, [row for row in rows if row])


async def preferences_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Keep what each contact chose."""
    rows: list[upsert.Row] = [
        {
            "business_id": envelope.business_id,
            "contact_id": envelope.event.contact_id,
            "version": envelope.sequence,
            "locale": envelope.event.locale,
            "kinds": dict(envelope.event.kinds),
        }
        for envelope in batch
        if isinstance(envelope.event, Preferences)
    ]
    await contacts.upsert_rows(tx, contacts.PREFERENCES, rows)


def _customer(ctx: Context, envelope: Envelope) -> upsert.Row | None:
    match envelope.event:
        case Customer() as event:
            reachable = _reachable(event) if event.portal_access else ()
            stored = contacts.encrypted(reachable, event.business_id, event.customer_id, ctx.cipher)
            return {
                "business_id": event.business_id,
                "customer_id": event.customer_id,
                "version": envelope.sequence,
                "portal_access": event.portal_access,
                "erased": False,
                "contact_ids": [contact.contact_id for contact in event.contacts],
                "people": "\\x" + stored.hex() if reachable else None,
            }
        case CustomerErased() as event:
            return {
                "business_id": event.business_id,
                "customer_id": event.customer_id,
                "version": LARGEST_SEQUENCE,
                "portal_access": False,
                "erased": True,
                "contact_ids": [],
                "people": None,
            }
        case _:
            return None


def _reachable(event: Customer) -> tuple[NotifiedContact, ...]:
    return tuple(
        NotifiedContact(
            contact_id=contact.contact_id,
            email=contact.email,
            locale=contact.locale or event.locale,
            roles=contact.roles,
        )
        for contact in event.contacts
        if contact.email
    )


IDENTITY: Reactions[Context] = {
    Business: businesses_changed,
    Customer: customers_changed,
    CustomerErased: customers_changed,
    Preferences: preferences_changed,
}
CODES: Reactions[Context] = {SignInCodeRequested: store_sealed_codes}
"""A consumer of their own, so that nothing else delays them."""
NOTIFICATIONS: Reactions[Context] = {
    Appointment: store_facts,
    AppointmentErased: store_facts,
    Invoice: store_facts,
    InvoiceErased: store_facts,
    Payment: store_facts,
}
"""Read by Faust, one record at a time."""
