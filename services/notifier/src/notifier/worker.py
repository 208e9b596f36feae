"""The loops of the worker. The lane that reads `DOCUMENTS` is Faust's, so `service` adds it."""

from functools import partial

from chassis.database import LOCKED_AT_ONCE
from chassis.events_in import Consumer
from chassis.events_out import Relay
from chassis.process import Loops, WorkLoop

from notifier.context import Context
from notifier.delivery_queue import DeliveryQueue
from notifier.handlers.receive_reports import handle_reports
from notifier.handlers.remind import remind
from notifier.reactions import IDENTITY
from notifier.store import reports

LOOPS: Loops[Context] = {
    "identity": lambda ctx: Consumer("notifier.people", IDENTITY, ctx, batch=LOCKED_AT_ONCE),
    "deliveries": DeliveryQueue,
    "reminders": lambda ctx: WorkLoop("reminders", partial(remind, ctx), ctx.database),
    "reports": lambda ctx: WorkLoop("reports", partial(handle_reports, ctx), ctx.database, reports.CHANNEL),
    "relay": lambda ctx: Relay("notifier", ctx.settings, ctx.database),
}
