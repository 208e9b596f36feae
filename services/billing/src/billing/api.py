"""HTTP of billing: health; whatever else is asked under /billing is not found."""

from chassis import web
from chassis.db import Database
from fastapi import FastAPI

from billing.settings import Settings


def create_api(settings: Settings, database: Database) -> FastAPI:
    """The app."""
    return web.create_app("billing", settings, checks={"database": database.ready}, closing=[database.close])
