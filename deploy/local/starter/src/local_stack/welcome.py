"""What the terminal says once everything is up."""

import asyncio

from local_stack.businesses import demo_businesses
from local_stack.environment import Addresses


async def welcome(addresses: Addresses, seconds: float, *, servers_only: bool) -> str:
    """Return the lines; the first one is stable, scripts wait for it."""
    if servers_only:
        return (
            f"\nReady: {addresses.kafka_bootstrap}"
            f"\n\n  PostgreSQL, Valkey and Kafka are up ({seconds:.0f} s)."
            " Passwords are in the data folder's state.json. Ctrl-C stops them."
        )
    businesses = await asyncio.to_thread(demo_businesses, addresses.simulator_url)
    people = [f"  {business.name:<20} {', '.join(business.sign_in_as)}" for business in businesses]
    return "\n".join(
        (
            f"\nReady: {addresses.public_origin}",
            f"\n  Everything is up ({seconds:.0f} s). That page says what to try. Around it:\n",
            *(f"  {business.name:<20} {business.portal_url}" for business in businesses),
            f"  {'Mailbox and phone':<20} {addresses.mailbox_url}",
            f"  {'ServiceHub simulator':<20} {addresses.simulator_url}",
            f"  {'Stripe sandbox':<20} {addresses.stripe_url}",
            "\n  Sign in with one of these addresses; the code arrives in the mailbox.\n",
            *people,
            "\n  Ctrl-C stops everything. Data stays until `make clean`, but for mails.\n",
        )
    )
