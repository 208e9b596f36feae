"""The loops: the worker keeps projections current and says what it could not use; web hears what changed.

It also reads which sessions ended, and erases what erased customers asked for.
"""

from chassis.events_out import Relay
from chassis.process import Loops, WorkLoop

from portal_read.context import Context
from portal_read.handlers.erase_requests import EraseRequests, erase_requests
from portal_read.projection.runner import ProjectionRunner

_ERASURE_SECONDS = 5.0

LOOPS: Loops[Context] = {
    "identity": lambda ctx: ProjectionRunner(ctx, "identity", only=ctx.settings.projection_schema),
    "documents": lambda ctx: ProjectionRunner(ctx, "documents", only=ctx.settings.projection_schema),
    "relay": lambda ctx: Relay("portal-read", ctx.settings, ctx.database),
    "requests": lambda ctx: WorkLoop(
        "requests", lambda: erase_requests(ctx, EraseRequests()), ctx.database, every=_ERASURE_SECONDS
    ),
}
WEB_LOOPS: Loops[Context] = {
    "live_updates": lambda ctx: ctx.live_updates,
    "freshness": lambda ctx: ctx.freshness,
    "ended_sessions": lambda ctx: ctx.ended_sessions,
}
