"""What sign-in does with the events of others. Whoever loses access loses every session."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from chassis.database import Transaction
from chassis.events_in import Reactions
from chassis.events_out import Origin
from chassis.identity import upsert_businesses, upsert_customers
from servicehub_events import Business, Customer, CustomerErased, Envelope, Message

from auth_otp.context import Context
from auth_otp.domain.contact_status import is_reached
from auth_otp.domain.contacts import contact_rows, known_indexes, with_faults
from auth_otp.domain.second_proofs import passkey_rests_on, session_rests_on
from auth_otp.domain.sessions import why_revoke
from auth_otp.handlers.sign_out import end_session
from auth_otp.handlers.watch_contacts import forget_statuses
from auth_otp.store import (
    contact_status,
    contacts,
    guard_links,
    known_browsers,
    passkeys,
    sessions,
    sign_in_log,
)


async def customers_changed(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store access and contacts, and end the sessions that rest on what is gone.

    Each customer is held alone from before it is read: no session begins beside its own revocation.
    """
    changes = await upsert_customers(ctx, tx, batch)
    for business_id, of_business in groupby(changes.newer, key=lambda envelope: envelope.business_id):
        newer = list(of_business)
        last = {envelope.subject: envelope for envelope in newer}
        gone = await _replace_contacts(ctx, tx.of(business_id), last)
        await _forget_passkeys(ctx, tx.of(business_id), newer)
        await _revoke_sessions(ctx, tx.of(business_id), newer)
        await sign_in_log.forget_entries(tx.of(business_id), gone)
        await guard_links.forget_guard_links(tx.of(business_id), gone)
    await contact_status.wake_watch(tx)


async def _replace_contacts(
    ctx: Context, tx: Transaction, last: Mapping[str, Envelope]
) -> Sequence[Sequence[str]]:
    """Contacts as they are now, and no browser known for an address they no longer have; which those are.

    Each is given by its indexes.
    """
    keys = ctx.addresses
    deleted = await contacts.forget_contacts(tx, last)
    old = {(row.customer_id, row.contact_id): row for row in deleted}
    rows = [
        with_faults(row, old.pop((row.customer_id, row.contact_id), None))
        for envelope in last.values()
        for row in contact_rows(envelope, keys)
    ]
    await contacts.add_contacts(tx, rows)
    for customer_id, envelope in last.items():
        if without := [row for row in old.values() if row.customer_id == customer_id]:
            await forget_statuses(ctx, tx, without, envelope.id)
    before = [indexes for row in deleted for indexes in known_indexes(row, keys)]
    for indexes in before:
        await known_browsers.move_known_browsers(tx, indexes)
    present = {index for row in rows for index in (row.email_index, row.phone_index)}
    gone = [indexes for indexes in before if present.isdisjoint(indexes)]
    await known_browsers.forget_known_browsers(tx, gone)
    return gone


async def _revoke_sessions(ctx: Context, tx: Transaction, newer: Sequence[Envelope]) -> None:
    customer_ids = {envelope.subject for envelope in newer}
    for live in await sessions.lock_live_sessions_of_customers(tx, customer_ids):
        rests = session_rests_on(live, ctx.addresses)
        reasons = (why_revoke(one, newer, ctx.addresses.accepted) for one in rests)
        if ended := next(filter(None, reasons), None):
            reason, event_id = ended
            await end_session(ctx, tx, live, reason, Origin("consumer:auth-otp", event_id))


async def _forget_passkeys(ctx: Context, tx: Transaction, newer: Sequence[Envelope]) -> None:
    """A passkey goes for what ends a session: whoever may enter no code any more has no other way in."""
    customer_ids, keys = {envelope.subject for envelope in newer}, ctx.addresses
    kept = await passkeys.lock_passkeys_of_customers(tx, customer_ids)
    gone = [
        one
        for one in kept
        if any(why_revoke(rest, newer, keys.accepted) for rest in passkey_rests_on(one, keys))
    ]
    await passkeys.forget_passkeys(tx, gone)


IDENTITY: Reactions[Context] = {
    Business: upsert_businesses,
    Customer: customers_changed,
    CustomerErased: customers_changed,
}


async def messages_ended(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Keep what became of messages: which addresses no code reaches, and which are reached again."""
    for envelope in batch:
        message, of_business = envelope.event, tx.of(envelope.business_id)
        if not isinstance(message, Message):
            continue
        fault = message.address_fault
        if fault is None and not is_reached(message):
            continue  # it says nothing of the address
        if message.customer_id and message.contact_id:
            ids = message.customer_id, message.contact_id
            await contact_status.mark_fault_of_contact(of_business, message.channel, *ids, fault)
        else:
            await contact_status.mark_fault_of_code(of_business, message.channel, message.caused_by, fault)
    await contact_status.wake_watch(tx)


DELIVERIES: Reactions[Context] = {Message: messages_ended}
