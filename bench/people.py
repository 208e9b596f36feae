"""People who can sign in at one of the demo's businesses, each a customer with an address."""

from collections.abc import Sequence
from typing import Final

import psycopg
from local_stack.environment import Addresses
from portal_testing.stack import eventually
from servicehub_events import Contact, CustomerRevised, Event, as_event
from servicehub_events.publisher import Publication, Publisher
from servicehub_events_tools.testing import samples

BUSINESS: Final = "biz-sparkle"
BUSINESS_SLUG: Final = "sparkle-home"
ANOTHER: Final = "biz-hikari"
_KNOWN: Final = b"SELECT count(*) FROM contacts WHERE customer_id LIKE 'bench-%'"


async def publish_people(addresses: Addresses, emails: Sequence[str]) -> None:
    """Publish a customer for each of these, and wait until sign-in knows them."""
    await publish(addresses, [_customer(email) for email in emails])
    await reaches(addresses, "auth_otp", _KNOWN, len(emails))


def _customer(email: str) -> Event:
    name = email.partition("@")[0]
    return customer(name, [Contact(contact_id=name, name=name, email=email, locale="en")])


def customer(customer_id: str, contacts: Sequence[Contact], business_id: str = BUSINESS) -> Event:
    """A customer with these contacts, who may use the portal."""
    ids = {"business_id": business_id, "customer_id": customer_id}
    return as_event(CustomerRevised, samples.customer(), **ids, contacts=tuple(contacts), portal_access=True)


async def publish(addresses: Addresses, events: Sequence[Event], sequence: int = 1) -> None:
    """Publish what nobody has published before, or the next of it."""
    async with Publisher(addresses.kafka_bootstrap, source="/servicehub/core") as publisher:
        await publisher.publish_all([Publication(event, sequence=sequence) for event in events])


async def reaches(addresses: Addresses, package: str, statement: bytes, rows: int) -> None:
    """Wait until a count in a service's database is at least so high."""
    await eventually(
        lambda: count(addresses, package, statement),
        what=f"{rows:,} rows are there",
        within=600,
        every=0.5,
        met=lambda number: number >= rows,
    )


async def count(addresses: Addresses, package: str, statement: bytes) -> int:
    """What a statement counts in a service's database, as its worker."""
    async with await psycopg.AsyncConnection.connect(addresses.databases[package].worker) as connection:
        ((number,),) = await (await connection.execute(statement)).fetchall()
    return int(number)
