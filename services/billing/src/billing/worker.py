"""What the worker runs: one consumer of what others tell, and the relay."""

from chassis.consumer import Consumer
from chassis.db import Database
from chassis.relay import Relay
from chassis.service import Loop
from servicehub_events.topics import BUSINESSES, CUSTOMERS, INVOICES

from billing import reactions
from billing.settings import Settings


def loops(settings: Settings, database: Database) -> dict[str, Loop]:
    """The loops by name."""
    topics = [BUSINESSES.name, CUSTOMERS.name, INVOICES.name]
    return {
        "consumer": Consumer("billing", topics, reactions.learn, settings, database),
        "relay": Relay("billing", settings, database),
    }
