"""HTTP of the notifier: health; whatever else is asked under /notifications is not found."""

from chassis.database.database import Database
from chassis.web import app as web
from fastapi import FastAPI

from notifier.settings import Settings


def create_api(settings: Settings, database: Database) -> FastAPI:
    """The app."""
    return web.create_app("notifier", settings, checks={"database": database.ready}, closing=[database.close])
