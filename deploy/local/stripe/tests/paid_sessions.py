"""A payment to take back, and what the sandbox told since."""

import stripe
from portal_testing.stack.stripe_sandbox import BookedCharge
from sandbox_beside import Running
from stripe_orders import SPARKLE, order

THEIRS = stripe.RequestOptions(stripe_account=SPARKLE)


async def paid(running: Running) -> str:
    """A session of $125.50, paid by card."""
    session = (await running.client().v1.checkout.sessions.create_async(order(), THEIRS)).id
    await running.controls.pay(session)
    return session


async def charge_of(running: Running) -> BookedCharge:
    """The one charge."""
    (charge,) = (await running.controls.books()).charges
    return charge


async def told(running: Running) -> list[stripe.Event]:
    """The events after the three of the first payment, oldest first."""
    listed = await running.client().v1.events.list_async({"limit": 100}, THEIRS)
    return listed.data[::-1][3:]
