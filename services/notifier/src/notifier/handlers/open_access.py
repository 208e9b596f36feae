"""Tell a contact, once ever, that a page is there: when they first can sign in."""

from collections.abc import Sequence

from chassis.database import Transaction
from servicehub_events import Customer, Envelope

from notifier import metrics
from notifier.context import Context
from notifier.domain.notifications import PendingNotification, expiry_of, withheld
from notifier.domain.recipients import addresses_of
from notifier.store import notifications


async def open_access(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Remember who can sign in, and have those told of whom it is news.

    An event that is no news, such as one of an import, is remembered too: its contacts are never told. So is
    what comes while the portal is off: nobody is told when it is switched on.
    """
    newest = {
        (envelope.business_id, envelope.event.customer_id): envelope
        for envelope in batch
        if isinstance(envelope.event, Customer)
    }
    reachable = {
        key: [address.contact_id for address in addresses_of(envelope.event)]
        for key, envelope in newest.items()
        if isinstance(envelope.event, Customer)
    }
    opened = await notifications.add_access(tx, reachable)
    news = [
        _news(ctx, newest[business_id, customer_id], customer_id, contact_id)
        for (business_id, customer_id), contact_ids in reachable.items()
        for contact_id in contact_ids
        if (business_id, contact_id) in opened
    ]
    await notifications.add_pending(tx, [each for each in news if each])


def _news(ctx: Context, envelope: Envelope, customer_id: str, contact_id: str) -> PendingNotification | None:
    if untold := withheld(envelope, "access_opened", None, ctx.clock()):
        metrics.count_notification("access_opened", untold)
        return None
    return PendingNotification(
        business_id=envelope.business_id,
        event_id=envelope.id,
        kind="access_opened",
        reversal_id=contact_id,
        aggregate="access",
        subject_id=contact_id,
        subject_version=1,
        customer_id=customer_id,
        received_at=ctx.clock(),
        expires_at=expiry_of("access_opened", envelope, None),
        traceparent=envelope.traceparent,
    )
