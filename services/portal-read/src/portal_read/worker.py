"""The worker: two lanes, so that a flood of invoices delays no revocation."""

from chassis.database.database import Database
from chassis.events_in import Consumer
from chassis.process.unconverted import Worker

from portal_read.projection.consumers import consumers
from portal_read.projection.projector import Projector
from portal_read.projection.runner import Following
from portal_read.settings import Settings


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
