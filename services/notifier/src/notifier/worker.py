"""The loops of the worker. The lane that reads `DOCUMENTS` is Faust's, so `service` adds it."""

from chassis.events_in import Consumer
from chassis.events_out import Relay
from chassis.process import Loops

from notifier.context import Context
from notifier.delivery_queue import DeliveryQueue
from notifier.reactions import IDENTITY

_BATCH = 500
"""Each batch locks its customers, and all workers share PostgreSQL's lock table of some 6,400."""

LOOPS: Loops[Context] = {
    "identity": lambda ctx: Consumer("notifier.people", IDENTITY, ctx, batch=_BATCH),
    "deliveries": DeliveryQueue,
    "relay": lambda ctx: Relay("notifier", ctx.settings, ctx.database),
}
