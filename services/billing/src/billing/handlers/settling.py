"""Settling: ask the processor what became of a payment, and append what follows.

The one way in which anything the processor says becomes an event: a payer who returns, a webhook and the
reconciler all end here, so their order, repeats and losses cannot matter.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from chassis.database import Transaction
from chassis.events_out.event_store import Origin, retry_on_conflict
from servicehub_events import Failure, Payment
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import attempts, measures, queries, webhooks
from billing.attempts import Attempt
from billing.context import Context
from billing.domain.payments import Command, GiveUp, Observe, Seen, decide, is_open, stream_of

log = structlog.get_logger(__name__)

UNOPENED = timedelta(minutes=20)
"""After so long without a page at the processor there will be none: its parameters have run out of time."""


@dataclass(frozen=True, slots=True)
class Because:
    """Who asked: `actor` such as `contact:c1` or `stripe:webhook`; the notice that is handled by it."""

    actor: str
    event_id: str | None = None


async def settle(ctx: Context, attempt: Attempt, because: Because) -> Payment:
    """Ask, and append. Returns the payment as it is then. Raises `Unreachable`."""
    began = ctx.clock()
    seen = await _ask(ctx, attempt)
    if seen is not None:
        return await record(ctx, attempt, Observe(seen), because)
    if began - attempt.started_at < UNOPENED:
        return await _present(ctx, attempt)
    return await record(ctx, attempt, GiveUp(began), because)


async def give_up(
    ctx: Context, attempt: Attempt, because: Because, failure: Failure | None = None
) -> Payment:
    """The processor has no page for it, and will not get one: nobody can pay it."""
    return await record(ctx, attempt, GiveUp(ctx.clock(), failure), because)


async def call_off(ctx: Context, attempt: Attempt, because: Because) -> Payment:
    """Let nobody pay this attempt any more, unless somebody has. Raises `Unreachable`."""
    seen = await _ask(ctx, attempt)
    if seen is None:
        return await give_up(ctx, attempt, because)
    if seen.page == "open":
        await ctx.processor.close(attempt.account, seen.reference)
        seen = await ctx.processor.look(attempt.account, seen.reference)
    return await record(ctx, attempt, Observe(seen), because)


async def record(ctx: Context, attempt: Attempt, command: Command, because: Because) -> Payment:
    """Decide and append in one transaction, with the attempt locked."""

    async def transaction() -> Payment:
        async with ctx.database.tenant(attempt.business_id) as connection:
            return await _record(ctx, connection, attempt, command, because)

    return await retry_on_conflict(transaction)


async def _ask(ctx: Context, attempt: Attempt) -> Seen | None:
    if attempt.reference:
        return await ctx.processor.look(attempt.account, attempt.reference)
    return await ctx.processor.find(attempt.account, attempt.payment_id, attempt.started_at)


async def _present(ctx: Context, attempt: Attempt) -> Payment:
    async with ctx.database.tenant(attempt.business_id) as connection:
        tx = Transaction(connection, attempt.business_id)
        _, state = await ctx.store.latest(tx, stream_of(attempt.payment_id), Payment)
    return _known(state)


async def _record(
    ctx: Context, connection: AsyncConnection, attempt: Attempt, command: Command, because: Because
) -> Payment:
    now = await attempts.find(connection, attempt.business_id, attempt.payment_id, lock=True)
    tx, stream = Transaction(connection, attempt.business_id), stream_of(attempt.payment_id)
    version, stored = await ctx.store.latest(tx, stream, Payment)
    before = _known(stored)
    if now and now.reference and _says_nothing_of(now.reference, command):
        return before  # its page was opened meanwhile: it has to be asked about
    if isinstance(command, Observe) and command.seen.reversals.refunds:
        command = replace(command, credit=await queries.credit(connection, before))
    events = decide(command, before)
    origin = Origin(because.actor, because.event_id)
    state = await ctx.store.append(tx, stream, version, events, origin) or before
    if now and isinstance(command, Observe) and now.reference is None:
        await attempts.keep_reference(connection, now, command.seen.reference, command.seen.url)
    if not is_open(state):
        await attempts.close(connection, attempt)
    elif state.review:
        await attempts.close(connection, attempt, release=False)
    if events:
        measures.count(state.status, because.actor)
        log.info("payment.settled", payment_id=state.payment_id, status=state.status, by=because.actor)
    if because.event_id:
        await webhooks.handled(connection, because.event_id, state.status)
    return state


def _says_nothing_of(reference: str, command: Command) -> bool:
    """Whether it is no end of this page; money is money, on whichever page it was paid."""
    if isinstance(command, Observe):
        return command.seen.reference != reference and not command.seen.paid
    return isinstance(command, GiveUp)


def _known(state: Payment | None) -> Payment:
    if state is None:
        raise LookupError("an attempt without a stream")  # both are written in one transaction
    return state
