"""What other services' events mean to the notifier: whom it writes to, and what about.

An erased customer stays erased: later rows of it are ignored, and all that hangs on it goes.
"""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.events_in import Reactions
from chassis.identity import upsert_businesses, upsert_customers
from servicehub_events import (
    Appointment,
    AppointmentErased,
    Autopay,
    Business,
    Customer,
    CustomerErased,
    CustomerRequest,
    Envelope,
    Invoice,
    InvoiceErased,
    Payment,
    Preferences,
    RequestErased,
)

from notifier.context import Context
from notifier.domain.recipients import addresses_of
from notifier.handlers.change_preferences import erase_preferences
from notifier.handlers.open_access import open_access
from notifier.handlers.store_answers import store_answers
from notifier.handlers.store_facts import store_facts
from notifier.handlers.tell_address_changes import tell_address_changes
from notifier.store import contacts
from notifier.store.mail_names import add_mail_names


async def businesses_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Keep whose portals there are, and the name under which each writes."""
    await upsert_businesses(ctx, tx, batch)
    await add_mail_names(tx, [each.event for each in batch if isinstance(each.event, Business)])


async def customers_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Keep who can be written to; of the erased, ids alone."""
    changes = await upsert_customers(ctx, tx, batch)
    newest = {(envelope.business_id, envelope.subject): envelope.event for envelope in changes.newer}
    customers = [
        contacts.CustomerAddresses(*key, addresses_of(event))
        for key, event in newest.items()
        if isinstance(event, Customer)
    ]
    await tell_address_changes(ctx, tx, changes.newer)
    await contacts.replace_addresses(tx, customers, ctx.cipher, ctx.addresses)
    await open_access(ctx, tx, changes.newer)
    await store_answers(ctx, tx, changes.newer)
    for customer in changes.erased:
        for contact_id in sorted(customer.contact_ids):
            await erase_preferences(ctx, tx.of(customer.business_id), contact_id)
    await contacts.forget_customers(tx, changes.erased)


async def preferences_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Keep what each contact chose: our own events, of which a database that was restored may know fewer."""
    rows = [
        contacts.preferences_row(envelope.event, envelope.sequence)
        for envelope in batch
        if isinstance(envelope.event, Preferences)
    ]
    await contacts.upsert_preferences(tx, rows)


IDENTITY: Reactions[Context] = {
    Business: businesses_changed,
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
    CustomerRequest: store_facts,
    RequestErased: store_facts,
}
"""What messages tell about."""
