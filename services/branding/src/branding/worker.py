"""The loops of the worker: branding reads no events, it publishes, and looks at domains."""

from functools import partial

from chassis.events_out import Relay
from chassis.process import Loops, WorkLoop

from branding.context import Context
from branding.handlers.check_domains import check_domains

LOOPS: Loops[Context] = {
    "relay": lambda ctx: Relay("branding", ctx.settings, ctx.database),
    "domains": lambda ctx: WorkLoop("domains", partial(check_domains, ctx), ctx.database),
}
