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
    origin = addresses.public_origin
    lines = [f"  {business.name:<20} {origin}/portal/{business.slug}" for business in businesses]
    return "\n".join(
        (
            f"\nReady: {origin}",
            f"\n  Everything is up ({seconds:.0f} s). Where to click:\n",
            *lines,
            f"  {'Mailbox and phone':<20} {addresses.mailbox_url}",
            f"  {'ServiceHub simulator':<20} {addresses.simulator_url}",
            f"  {'Stripe sandbox':<20} {addresses.stripe_url}",
            "\n  To sign in, take a customer's address from the simulator; the code arrives in the mailbox.",
            "  Ctrl-C stops everything. Data stays until `make clean`.\n",
        )
    )
