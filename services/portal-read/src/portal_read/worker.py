"""The loops: the worker keeps projections current and says what it could not use; web hears what changed.

It also reads which sessions ended.
"""

from chassis.events_out import Relay
from chassis.process import Loops

from portal_read.context import Context
from portal_read.projection.runner import ProjectionRunner

LOOPS: Loops[Context] = {
    "identity": lambda ctx: ProjectionRunner(ctx, "identity", only=ctx.settings.projection_schema),
    "documents": lambda ctx: ProjectionRunner(ctx, "documents", only=ctx.settings.projection_schema),
    "relay": lambda ctx: Relay("portal-read", ctx.settings, ctx.database),
}
WEB_LOOPS: Loops[Context] = {
    "live_updates": lambda ctx: ctx.live_updates,
    "freshness": lambda ctx: ctx.freshness,
    "ended_sessions": lambda ctx: ctx.ended_sessions,
}
