"""The loops of the worker: two consumers of what others tell, the relay, and six that ask the processor.

The web process reads which sessions ended.
"""

from functools import partial

from chassis.database import LOCKED_AT_ONCE
from chassis.events_in import Consumer
from chassis.events_out import Relay
from chassis.process import Loops, WorkLoop

from billing.context import Context
from billing.handlers.check_accounts import check_due_accounts
from billing.handlers.erase_vaults import erase_due_vault
from billing.handlers.pay_automatically import pay_automatically
from billing.handlers.receive_webhooks import handle_waiting
from billing.handlers.reconcile import check_due_sessions, list_account_events
from billing.handlers.upkeep import keep_up
from billing.reactions import DOCUMENTS, IDENTITY
from billing.store import account_checks, checkout_sessions, vaults, webhooks

_RETRY_SECONDS = 1.0
_UPKEEP_SECONDS = 3600.0

LOOPS: Loops[Context] = {
    "identity": lambda ctx: Consumer("billing.people", IDENTITY, ctx, batch=LOCKED_AT_ONCE),
    "documents": lambda ctx: Consumer("billing.work", DOCUMENTS, ctx, batch=LOCKED_AT_ONCE),
    "relay": lambda ctx: Relay("billing", ctx.settings, ctx.database),
    "vaults": lambda ctx: WorkLoop("vaults", partial(erase_due_vault, ctx), ctx.database, vaults.CHANNEL),
    "account_checks": lambda ctx: WorkLoop(
        "account_checks", partial(check_due_accounts, ctx), ctx.database, account_checks.CHANNEL
    ),
    "webhooks": lambda ctx: WorkLoop(
        "webhooks", partial(handle_waiting, ctx), ctx.database, webhooks.CHANNEL, every=_RETRY_SECONDS
    ),
    "checkout_sessions": lambda ctx: WorkLoop(
        "checkout_sessions", partial(check_due_sessions, ctx), ctx.database, checkout_sessions.CHANNEL
    ),
    "autopay": lambda ctx: WorkLoop("autopay", partial(pay_automatically, ctx), ctx.database),
    "accounts": lambda ctx: WorkLoop("accounts", partial(list_account_events, ctx), ctx.database),
    "upkeep": lambda ctx: WorkLoop("upkeep", partial(keep_up, ctx), ctx.database, every=_UPKEEP_SECONDS),
}
WEB_LOOPS: Loops[Context] = {"ended_sessions": lambda ctx: ctx.ended_sessions}
