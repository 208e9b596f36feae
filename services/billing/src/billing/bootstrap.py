"""The composition root: settings become the parts of each process."""

from chassis.db import Database
from chassis.service import Service, Worker
from fastapi import FastAPI

from billing import worker
from billing.api import create_api
from billing.settings import BillingSettings


def _database(settings: BillingSettings) -> Database:
    return Database(settings.database_url, pool_size=settings.database_pool_size)


def _api(settings: BillingSettings) -> FastAPI:
    return create_api(settings, _database(settings))


def _worker(settings: BillingSettings) -> Worker:
    database = _database(settings)
    return Worker(worker.loops(settings, database), database)


SERVICE = Service("billing", BillingSettings, _api, _worker)
