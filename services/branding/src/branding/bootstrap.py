"""The composition root: settings become a running process, here and nowhere else."""

from chassis.db import Database, is_transient
from chassis.problems import Unavailable, answer
from chassis.service import Service, Worker
from chassis.store import EventStore
from chassis.web import create_app
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from branding.api import public_routes, settings_routes
from branding.settings import Settings
from branding.worker import worker_of


def api(settings: Settings) -> FastAPI:
    """The HTTP process."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    app = create_app("Branding", settings, checks={"database": database.ready}, closing=[database.close])
    app.include_router(settings_routes(database, EventStore(), settings.branding_api_key))
    app.include_router(public_routes(database))
    app.add_exception_handler(SQLAlchemyError, _on_database_error)
    return app


def worker(settings: Settings) -> Worker:
    """The worker process."""
    return worker_of(settings, Database(settings.database_url, pool_size=settings.database_pool_size))


async def _on_database_error(_: Request, error: Exception) -> Response:
    """A database that is away comes back: 503 says so, and a caller may try again."""
    if is_transient(error):
        return answer(Unavailable())
    raise error


SERVICE = Service("branding", Settings, api, worker)
