"""The worker: two lanes, so that a flood of invoices delays no revocation."""

from chassis.database.database import Database
from chassis.events_in import Consumer
from chassis.events_in.unconverted import Apply, consumer
from chassis.process.unconverted import Worker
from chassis.settings.base import ServiceSettings
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

from portal_read.following import Following
from portal_read.projections import Lanes, lanes
from portal_read.projector import SCHEMA_IS_MISSING, Projector
from portal_read.settings import Settings

PEOPLE = (CUSTOMERS, BUSINESSES, SESSIONS, PREFERENCES)
WORK = (APPOINTMENTS, INVOICES, PAYMENTS)


def build(settings: Settings) -> Worker:
    """The loops that fill every followed projection, by lane."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)

    def people(schema: str) -> Consumer:
        return consumers(schema, Projector(schema).apply, settings, database)[0]

    def work(schema: str) -> Consumer:
        return consumers(schema, Projector(schema).apply, settings, database)[1]

    only = settings.projection_schema
    return Worker(
        loops={
            "people": Following(database, people, only=only),
            "work": Following(database, work, only=only),
        },
        database=database,
    )


def consumers(
    schema: str,
    apply: Apply,
    settings: ServiceSettings,
    database: Database,
) -> tuple[Consumer, Consumer]:
    """What reads the log for one projection: a consumer for each of its lanes."""

    def reading(name: str, topics: tuple[Topic, ...]) -> Consumer:
        names = [topic.name for topic in topics]
        return consumer(name, names, apply, settings, database, also_transient=SCHEMA_IS_MISSING)

    names: Lanes = lanes(schema)
    return reading(names.people, PEOPLE), reading(names.work, WORK)
