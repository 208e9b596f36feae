"""Book a payout: each payment in it says which payout brought its money to the business's bank."""

from collections import defaultdict

from chassis.events_out import Origin
from servicehub_events import Movement

from billing.context import Context
from billing.domain.payments import Book
from billing.domain.webhook_event import is_intent
from billing.handlers.settle import book
from billing.store import checkout_sessions


async def book_payout(ctx: Context, account: str, payout_id: str, origin: Origin) -> None:
    """Ask what a payout is made of, and append what is new of our payments. Raises as the processor does."""
    by_payment: defaultdict[str, list[Movement]] = defaultdict(list)
    for name, movement in await ctx.processor.list_payout(account, payout_id):
        by_payment[name].append(movement)
    for name, movements in by_payment.items():
        payment_id = await ctx.processor.find_payment_id(account, name) if is_intent(name) else name
        async with ctx.all_tenants() as tx:
            session = await checkout_sessions.find_session_of_account(tx, account, payment_id)
        if session:
            await book(ctx, session, Book(movements), origin)
