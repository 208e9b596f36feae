"""The worker: two consumers, so that a flood of invoices delays no revocation."""

from chassis.consumer import Consumer
from chassis.db import Database
from chassis.service import Worker
from servicehub_events.topics import (
    APPOINTMENTS,
    BUSINESSES,
    CUSTOMERS,
    INVOICES,
    PAYMENTS,
    PREFERENCES,
    SESSIONS,
    Topic,
)

from portal_read.projections import lanes
from portal_read.projector import Projector
from portal_read.settings import Settings

PEOPLE = (CUSTOMERS, BUSINESSES, SESSIONS, PREFERENCES)
WORK = (APPOINTMENTS, INVOICES, PAYMENTS)


def build(settings: Settings) -> Worker:
    """The loops that fill the projection `PROJECTION_SCHEMA` names."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    projector = Projector(settings.projection_schema)

    def consumer(name: str, topics: tuple[Topic, ...]) -> Consumer:
        return Consumer(name, [topic.name for topic in topics], projector.apply, settings, database)

    names = lanes(settings.projection_schema)
    loops = {"people": consumer(names.people, PEOPLE), "work": consumer(names.work, WORK)}
    return Worker(loops=dict(loops), database=database)
