"""Reconcile now: what an operator asks for after an outage, of one business or of all, and from when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from msgspec.structs import replace

from billing.context import Context
from billing.errors import ProcessorDeclined, ProcessorUnreachable
from billing.handlers.receive_webhooks import handle_waiting
from billing.handlers.reconcile import LONGEST_SPAN, check_session, list_events_of
from billing.store import checkout_sessions, listed_accounts
from billing.store.listed_accounts import ListedAccount

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReconcileNow:
    """`business` is "" for all; `since` None goes on from where each account was listed."""

    business: str
    since: datetime | None


@dataclass(slots=True)
class Reconciled:
    """How many accounts and open payments were asked, what was missed, and who did not answer."""

    accounts: int
    payments: int
    asked: int = 0
    missed: int = 0
    away: int = 0


async def reconcile_now(
    ctx: Context, command: ReconcileNow, progress: Callable[[Reconciled], None]
) -> Reconciled:
    """Ask one after the other, so that it takes nothing from payers; and handle what was found."""
    async with ctx.all_tenants() as tx:
        accounts = await listed_accounts.list_accounts(tx, command.business)
        sessions = await checkout_sessions.list_open(tx, command.business)
    sums = Reconciled(len(accounts), len(sessions))
    progress(sums)
    for account in accounts:
        await _list_events(ctx, account, command.since, sums)
        progress(sums)
    for session in sessions:
        sums.away += not await check_session(ctx, session)
        sums.asked += 1
        progress(sums)
    while await handle_waiting(ctx):
        pass
    return sums


async def _list_events(
    ctx: Context, account: ListedAccount, since: datetime | None, sums: Reconciled
) -> None:
    now = ctx.clock()
    begin = since or account.events_listed_until
    try:
        while begin < now:
            step = replace(account, events_listed_until=begin)
            sums.missed += await list_events_of(ctx, step, now)
            begin += LONGEST_SPAN
    except (ProcessorUnreachable, ProcessorDeclined) as error:
        log.warning("reconciler.account_away", account=account.account, reason=str(error))
        sums.away += 1
    sums.asked += 1
