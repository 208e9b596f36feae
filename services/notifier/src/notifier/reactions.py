"""What other services' events mean to the notifier: whom it writes to, and what about.

An erased customer stays erased: later rows of it are ignored, and all that hangs on it goes.
"""

from collections.abc import Sequence

from chassis.database import Transaction, upsert
from chassis.events_in import Reactions
from chassis.identity import upsert_businesses, upsert_customers
from servicehub_events import (
    Appointment,
    AppointmentErased,
    Autopay,
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Invoice,
    InvoiceErased,
    Payment,
    Preferences,
)

from notifier.context import Context
from notifier.domain.recipients import addresses_of
from notifier.handlers.store_facts import store_facts
from notifier.store import contacts


async def customers_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Keep who can be written to; of the erased, ids alone."""
    changes = await upsert_customers(ctx, tx, batch)
    newest = {(envelope.business_id, envelope.subject): envelope.event for envelope in changes.newer}
    customers = [
        contacts.CustomerAddresses(*key, addresses_of(event))
        for key, event in newest.items()
        if isinstance(event, Customer)
    ]
    await contacts.replace_addresses(tx, customers, ctx.cipher)
    await contacts.forget_customers(tx, changes.erased)


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
    await contacts.upsert_preferences(tx, rows)


IDENTITY: Reactions[Context] = {
    Business: upsert_businesses,
    Customer: customers_changed,
    CustomerErased: customers_changed,
    Preferences: preferences_changed,
}
DOCUMENTS: Reactions[Context] = {
    Appointment: store_facts,
    AppointmentErased: store_facts,
    Invoice: store_facts,
    InvoiceErased: store_facts,
    Payment: store_facts,
    Autopay: store_facts,
}
"""What messages tell about. Read by Faust, one record at a time."""
