"""The composition root: settings become the parts of each process."""

from chassis.db import Database
from chassis.service import Service, Worker
from fastapi import FastAPI

from billing.api import create_api
from billing.settings import Settings
from billing.worker import loops


def _database(settings: Settings) -> Database:
    return Database(settings.database_url, pool_size=settings.database_pool_size)


def api(settings: Settings) -> FastAPI:
    """The HTTP process."""
    return create_api(settings, _database(settings))


def worker(settings: Settings) -> Worker:
    """The worker process."""
    database = _database(settings)
    return Worker(loops(settings, database), database)


SERVICE = Service("billing", Settings, api, worker)
