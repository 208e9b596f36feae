"""Tell an address that it is a contact's no more, and the new one that it is: whoever asked for it or not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from chassis.database import Transaction
from chassis.identity import find_business
from servicehub_events import Customer, Envelope

from notifier.context import Context
from notifier.domain.address_changes import ChangedAddress, changed_addresses, masked
from notifier.domain.delivery import AddressChange, NotificationDelivery, content_context, message_id
from notifier.domain.notifications import expiry_of, withheld
from notifier.domain.recipients import language_for
from notifier.store import contacts, deliveries

_KIND: Final = "address_changed"


async def tell_address_changes(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Add a delivery to each old and each new address, unless it is no news.

    Call it before the addresses of these customers, who are locked, are replaced. It is told whether the
    portal is on or off.
    """
    newest = {
        (envelope.business_id, envelope.event.customer_id): envelope
        for envelope in batch
        if isinstance(envelope.event, Customer) and withheld(envelope, _KIND, None, ctx.clock()) is None
    }
    former = await contacts.list_addresses(tx, list(newest), ctx.cipher)
    for key, known in former.items():
        envelope = newest[key]
        if isinstance(envelope.event, Customer):
            for change in changed_addresses(known, envelope.event):
                await _tell(ctx, tx.of(envelope.business_id), envelope, envelope.event.customer_id, change)


async def _tell(
    ctx: Context, tx: Transaction, envelope: Envelope, customer_id: str, change: ChangedAddress
) -> None:
    chosen = await contacts.find_preferences(tx, change.contact_id)
    business = await find_business(tx, tx.business_id)
    locale = language_for(business, chosen.locale if chosen else None, change.locale)
    shown = masked(change.new, change.channel)
    told = [AddressChange(change.old, is_old=True, new=shown, at=envelope.time)]
    if change.new:
        told.append(AddressChange(change.new, is_old=False, new=change.new, at=envelope.time))
    now = ctx.clock()
    await deliveries.add_notifications(
        tx, [_delivery(ctx, envelope, customer_id, change, locale, each, now) for each in told]
    )


def _delivery(
    ctx: Context,
    envelope: Envelope,
    customer_id: str,
    change: ChangedAddress,
    locale: str,
    told: AddressChange,
    now: datetime,
) -> NotificationDelivery:
    side = "old" if told.is_old else "new"
    id_ = message_id(
        caused_by=envelope.id,
        recipient=change.contact_id,
        kind=_KIND,
        channel=change.channel,
        reversal_id=side,
    )
    context = content_context(envelope.business_id, id_)
    return NotificationDelivery(
        business_id=envelope.business_id,
        message_id=id_,
        kind=_KIND,
        channel=change.channel,
        locale=locale,
        caused_by=envelope.id,
        customer_id=customer_id,
        contact_id=change.contact_id,
        aggregate="access",
        subject_id=change.contact_id,
        subject_version=1,
        reversal_id=side,
        expires_at=expiry_of(_KIND, envelope, None) or now,
        requested_at=now,
        traceparent=envelope.traceparent,
        content=ctx.cipher.encrypt(msgspec.json.encode(told), context=context),
    )
