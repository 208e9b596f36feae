"""What reads the log for a projection: a consumer for each of its lanes."""

from chassis.database.database import Database
from chassis.events_in import Consumer
from chassis.events_in.unconverted import Apply, consumer
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

from portal_read.projection.names import Lanes, lanes
from portal_read.projection.projector import SCHEMA_IS_MISSING

PEOPLE = (CUSTOMERS, BUSINESSES, SESSIONS, PREFERENCES)
WORK = (APPOINTMENTS, INVOICES, PAYMENTS)


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
