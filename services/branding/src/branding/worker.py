"""What the worker runs: branding listens to nobody, it only tells."""

from chassis.db import Database
from chassis.relay import Relay
from chassis.service import Loop

from branding.settings import Settings


def loops(settings: Settings, database: Database) -> dict[str, Loop]:
    """The loops by name."""
    return {"relay": Relay("branding", settings, database)}
