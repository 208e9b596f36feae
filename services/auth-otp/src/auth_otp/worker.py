"""The loops of the worker: two consumers, a relay, and three that work off tables."""

from functools import partial

from chassis.database import LOCKED_AT_ONCE
from chassis.events_in import Consumer
from chassis.events_out import Relay
from chassis.process import Loops, WorkLoop

from auth_otp.context import Context
from auth_otp.handlers.send_codes import send_waiting
from auth_otp.handlers.upkeep import keep_up
from auth_otp.handlers.watch_contacts import watch_outdated
from auth_otp.reactions import DELIVERIES, IDENTITY
from auth_otp.store.code_requests import CODE_REQUESTS
from auth_otp.store.contact_status import OUTDATED

_RETRY_SECONDS = 0.5
_UPKEEP_SECONDS = 60.0

LOOPS: Loops[Context] = {
    "identity": lambda ctx: Consumer("auth-otp", IDENTITY, ctx, batch=LOCKED_AT_ONCE),
    "deliveries": lambda ctx: Consumer("auth-otp.deliveries", DELIVERIES, ctx),
    "relay": lambda ctx: Relay("auth-otp", ctx.settings, ctx.database),
    "send_codes": lambda ctx: WorkLoop(
        "send_codes", partial(send_waiting, ctx), ctx.database, CODE_REQUESTS, every=_RETRY_SECONDS
    ),
    "watch_contacts": lambda ctx: WorkLoop(
        "watch_contacts", partial(watch_outdated, ctx), ctx.database, OUTDATED, every=_UPKEEP_SECONDS
    ),
    "upkeep": lambda ctx: WorkLoop("upkeep", partial(keep_up, ctx), ctx.database, every=_UPKEEP_SECONDS),
}
