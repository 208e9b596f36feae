"""The composition root: settings become a running process, here and nowhere else."""

from chassis.database.database import Database
from chassis.events_out.event_store import EventStore
from chassis.process.unconverted import Service, Worker
from chassis.web import create_app
from fastapi import FastAPI

from branding.api import public_routes, settings_routes
from branding.settings import Settings
from branding.worker import loops


def api(settings: Settings) -> FastAPI:
    """The HTTP process."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    app = create_app("Branding", settings, checks={"database": database.ready}, closing=[database.close])
    app.include_router(settings_routes(database, EventStore(), settings.branding_api_key))
    app.include_router(public_routes(database))
    return app


def worker(settings: Settings) -> Worker:
    """The worker process."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    return Worker(loops(settings, database), database)


SERVICE = Service("branding", Settings, api, worker)
