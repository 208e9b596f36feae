"""The loops of the worker. The lane that reads `DOCUMENTS` is Faust's, so `service` adds it."""

from chassis.database import LOCKED_AT_ONCE
from chassis.events_in import Consumer
from chassis.events_out import Relay
from chassis.process import Loops

from notifier.context import Context
from notifier.delivery_queue import DeliveryQueue
from notifier.reactions import IDENTITY

LOOPS: Loops[Context] = {
    "identity": lambda ctx: Consumer("notifier.people", IDENTITY, ctx, batch=LOCKED_AT_ONCE),
    "deliveries": DeliveryQueue,
    "relay": lambda ctx: Relay("notifier", ctx.settings, ctx.database),
}
