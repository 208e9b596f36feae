"""What time itself does: sessions expire, vouchers lapse."""

import asyncio

from stand_in_stripe.checkout.expire import expire_if_due
from stand_in_stripe.checkout.konbini import lapse_voucher
from stand_in_stripe.sandbox import Sandbox

EVERY_SECONDS = 1.0


async def keep_time(sandbox: Sandbox) -> None:
    """Look every second, until cancelled."""
    while True:
        end_what_is_due(sandbox)
        await asyncio.sleep(EVERY_SECONDS)


def end_what_is_due(sandbox: Sandbox) -> None:
    """End each session whose time has come."""
    for owner, session in sandbox.books.due_sessions(sandbox.clock()):
        if session.status == "open":
            with sandbox.books.transaction():
                expire_if_due(sandbox, owner, session)
        else:
            lapse_voucher(sandbox, owner, session)
