"""The loops of the worker: branding reads nobody, it only publishes."""

from chassis.events_out import Relay
from chassis.process import Loops

from branding.context import Context

LOOPS: Loops[Context] = {"relay": lambda ctx: Relay("branding", ctx.settings, ctx.database)}
