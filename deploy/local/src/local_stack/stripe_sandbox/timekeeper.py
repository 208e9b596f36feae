"""What time itself does: sessions expire, vouchers lapse."""

import asyncio

from local_stack.stripe_sandbox.checkout.expire import expire_if_due
from local_stack.stripe_sandbox.checkout.konbini import lapse_voucher
from local_stack.stripe_sandbox.sandbox import Sandbox

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
