"""The worker: branding listens to nobody, it only tells."""

from chassis.db import Database
from chassis.relay import Relay
from chassis.service import Worker

from branding.settings import Settings


def worker_of(settings: Settings, database: Database) -> Worker:
    """The relay of the outbox."""
    return Worker(loops={"relay": Relay("branding", settings, database)}, database=database)
