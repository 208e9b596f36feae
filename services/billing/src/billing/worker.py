"""What the worker runs: two consumers of what others tell, the relay, and three loops that ask the processor.

Sessions, businesses and customers have a consumer of their own, so that a flood of invoices delays no
revocation.
"""

from functools import partial

from chassis.events_in.unconverted import consumer
from chassis.events_out.relay import Relay
from chassis.process.loops import WorkLoop
from chassis.process.service import Loop
from servicehub_events.topics import BUSINESSES, CUSTOMERS, INVOICES, SESSIONS

from billing import attempts, reactions, webhooks
from billing.context import Context
from billing.handlers import noticing, reconciling

_FORGET_SECONDS = 3600.0


def loops(ctx: Context) -> dict[str, Loop]:
    """The loops by name."""
    settings, database = ctx.settings, ctx.database
    people = [CUSTOMERS.name, BUSINESSES.name, SESSIONS.name]
    work = [INVOICES.name]
    looking = partial(reconciling.look_again, ctx)
    asking, forgetting = partial(reconciling.ask_accounts, ctx), partial(reconciling.forget, ctx)
    return {
        "people": consumer("billing.people", people, reactions.learn, settings, database),
        "work": consumer("billing.work", work, reactions.learn, settings, database),
        "relay": Relay("billing", settings, database),
        "webhooks": WorkLoop("webhooks", partial(noticing.handle_waiting, ctx), database, webhooks.CHANNEL),
        "attempts": WorkLoop("attempts", looking, database, attempts.CHANNEL),
        "accounts": WorkLoop("accounts", asking, database),
        "upkeep": WorkLoop("upkeep", forgetting, database, every=_FORGET_SECONDS),
    }
