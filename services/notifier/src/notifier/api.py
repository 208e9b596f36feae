"""HTTP of the notifier: health; whatever else is asked under /notifications is not found."""

from chassis import web
from chassis.db import Database
from fastapi import FastAPI

from notifier.settings import NotifierSettings


def create_api(settings: NotifierSettings, database: Database) -> FastAPI:
    """The app."""
    return web.create_app("notifier", settings, checks={"database": database.ready}, closing=[database.close])
