"""The loops of the worker."""

from functools import partial

from chassis.database import LOCKED_AT_ONCE
from chassis.events_in import Consumer
from chassis.events_out import Relay
from chassis.process import Loops, WorkLoop

from notifier.context import Context
from notifier.delivery_queue import DeliveryQueue
from notifier.handlers.fan_out import fan_out
from notifier.handlers.receive_reports import handle_reports
from notifier.handlers.remind import remind
from notifier.reactions import DOCUMENTS, IDENTITY
from notifier.store import reports
from notifier.store.source_batch import SourcesChanged

LOOPS: Loops[Context] = {
    "identity": lambda ctx: Consumer("notifier.people", IDENTITY, ctx, batch=LOCKED_AT_ONCE),
    "documents": lambda ctx: Consumer(
        "notifier.news",
        DOCUMENTS,
        ctx,
        batch=LOCKED_AT_ONCE,
        also_transient=(SourcesChanged,),
        kafka_group="notifier.documents",
    ),
    "fan_out": lambda ctx: WorkLoop("fan_out", partial(fan_out, ctx), ctx.database, every=0.5),
    "deliveries": DeliveryQueue,
    "reminders": lambda ctx: WorkLoop("reminders", partial(remind, ctx), ctx.database),
    "reports": lambda ctx: WorkLoop("reports", partial(handle_reports, ctx), ctx.database, reports.CHANNEL),
    "relay": lambda ctx: Relay("notifier", ctx.settings, ctx.database),
}
