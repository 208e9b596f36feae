"""Store what messages tell about, and the notifications that its events make.

Records may come twice, so that everything is guarded by the version of its aggregate.
"""

from collections.abc import Sequence

from chassis.database import Transaction
from servicehub_events import Envelope

from notifier import metrics
from notifier.context import Context
from notifier.domain.facts import NotificationSource, source_of
from notifier.domain.notifications import MessageKind, PendingNotification, kind_of, withheld
from notifier.store import notifications
from notifier.store.contacts import lock_unless_erased


async def store_facts(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store what each event is about, and add the notification that it makes; older ones give way to it.

    One that applies no longer, as of an invoice that was voided, ends where it is read (`still_applies`).
    """
    for envelope in batch:
        if source := source_of(envelope.event):
            await _store(ctx, tx.of(envelope.business_id), envelope, source)


async def _store(ctx: Context, tx: Transaction, envelope: Envelope, source: NotificationSource) -> None:
    if not await lock_unless_erased(tx, source.customer_id):
        return
    newer = await notifications.upsert_source(tx, source, envelope.sequence)
    if newer and (kind := kind_of(envelope.event)):
        await _notify(ctx, tx, envelope, source, kind)


async def _notify(
    ctx: Context, tx: Transaction, envelope: Envelope, source: NotificationSource, kind: MessageKind
) -> None:
    """Add a notification, which older ones of the same source give way to; no news leaves them alone."""
    now = ctx.clock()
    untold = withheld(envelope, now)
    if untold == "quiet":
        metrics.count_notification(kind, untold)
        return
    for former in await notifications.forget_older(tx, source, envelope.sequence):
        metrics.count_notification(former, "superseded")
    if untold:
        metrics.count_notification(kind, untold)
        return
    pending = PendingNotification(
        business_id=envelope.business_id,
        event_id=envelope.id,
        kind=kind,
        aggregate=source.aggregate,
        subject_id=source.subject_id,
        subject_version=envelope.sequence,
        customer_id=source.customer_id,
        received_at=now,
        traceparent=envelope.traceparent,
    )
    await notifications.add_pending(tx, pending)
