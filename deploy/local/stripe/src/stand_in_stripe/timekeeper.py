"""What time itself does, and a clock that can be moved ahead.

The clock is the machine's, and as far ahead of it as was asked; that is kept with the books. Webhooks are
signed with the machine's time, because it is what their receiver looks at.
"""

from math import ceil
from typing import Annotated

import msgspec

from stand_in_stripe.balance import arrive, make_available
from stand_in_stripe.checkout_sessions import expire_if_due
from stand_in_stripe.konbini import lapse_voucher
from stand_in_stripe.objects import Json
from stand_in_stripe.sandbox import Context, Sandbox


def end_session(ctx: Context, session: Json) -> Json:
    """The time of a page, or of the voucher that was got there, is over."""
    return expire_if_due(ctx, session) if session["status"] == "open" else lapse_voucher(ctx, session)


ENDS = {"checkout.session": end_session, "balance_transaction": make_available, "payout": arrive}


def end_what_is_due(sandbox: Sandbox) -> None:
    """Sessions expire, vouchers lapse, money is available and paid out, and payouts arrive."""
    for kind, end in ENDS.items():
        for account, resource in sandbox.books.due(kind, sandbox.now):
            with sandbox.books.transaction():
                end(Context(sandbox, account), resource)


def advance(ctx: Context, seconds: Annotated[int, msgspec.Meta(gt=0)]) -> Json:
    """Move the clock ahead; whatever falls due on the way happens at its moment. Webhooks follow at once."""
    sandbox = ctx.sandbox
    goal = sandbox.now + seconds
    while (moment := _next(sandbox, goal)) is not None:
        sandbox.set_ahead(ceil(moment - sandbox.clock()))
        end_what_is_due(sandbox)
    sandbox.set_ahead(goal - sandbox.clock())
    sandbox.news.set()
    return {"now": int(sandbox.now), "ahead": int(sandbox.ahead)}


def _next(sandbox: Sandbox, goal: float) -> float | None:
    moments = [sandbox.books.next_due(kind, sandbox.now) for kind in ENDS]
    return min((moment for moment in moments if moment is not None and moment <= goal), default=None)
