"""Opening the processor's page of a payment, whatever was lost on the way: one page that can be paid on."""

import asyncio

from billing import attempts, errors
from billing.attempts import Attempt
from billing.context import Context
from billing.domain.payments import Seen, is_open
from billing.handlers.claiming import InTheWay
from billing.handlers.settling import Because, give_up, settle
from billing.ports import Declined, NoAccount, Unreachable

_TRIES = 3


async def opened(ctx: Context, attempt: Attempt, because: Because) -> str | None:
    """The address of the processor's page; None when the attempt has ended, and all begins anew.

    Raises `Unreachable`; the attempt stays open then, and whoever tries again continues it.
    """
    if attempt.reference:
        return await _still_open(ctx, attempt, because)
    for number in range(_TRIES):
        try:
            seen = await ctx.processor.open(attempt.account, attempt.request, attempt.idempotency_key)
        except NoAccount as error:
            await give_up(ctx, attempt, because, error.failure)
            raise errors.NotOnline from error
        except Declined as error:
            await give_up(ctx, attempt, because, error.failure)
            raise errors.Failed(error.failure.code) from error
        except Unreachable as lost:
            if number == _TRIES - 1:
                raise
            found = await ctx.processor.find(attempt.account, attempt.payment_id, attempt.started_at)
            if found is None:
                attempt = await _again(ctx, attempt, number, lost)
                continue
            seen = found
        return await _kept(ctx, attempt, seen, because)
    raise AssertionError  # the last try returns or raises


async def _again(ctx: Context, attempt: Attempt, number: int, lost: Unreachable) -> Attempt:
    """Nothing was done, as far as the processor knows. A stored answer will not change under its key."""
    await asyncio.sleep(0.1 * 2**number)
    async with ctx.database.tenant(attempt.business_id) as connection:
        if lost.stored:
            await attempts.use_next_key(connection, attempt, _next(attempt.idempotency_key))
        found = await attempts.find(connection, attempt.business_id, attempt.payment_id)
    return found or attempt


def _next(key: str) -> str:
    payment_id, _, number = key.rpartition("-")
    return f"{payment_id}-{int(number) + 1}"


async def _kept(ctx: Context, attempt: Attempt, seen: Seen, because: Because) -> str | None:
    """Store where the page is, before anybody gets it. Called off or not the first: nobody gets it."""
    async with ctx.database.tenant(attempt.business_id) as connection:
        kept = await attempts.keep_reference(connection, attempt, seen.reference, seen.url)
    if not kept:
        await ctx.processor.close(attempt.account, seen.reference)
        return None
    if seen.page == "open" and seen.url:
        return seen.url
    return await _still_open(ctx, attempt, because)


async def _still_open(ctx: Context, attempt: Attempt, because: Because) -> str | None:
    """The page's address, if it can still be paid on."""
    payment = await settle(ctx, attempt, because)
    if payment.status == "started" and attempt.url:
        return attempt.url
    if is_open(payment) or payment.status == "captured":
        raise InTheWay([attempt.payment_id])
    return None
