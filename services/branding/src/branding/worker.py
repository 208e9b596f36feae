"""What the worker runs: branding listens to nobody, it only tells."""

from chassis.database.database import Database
from chassis.events_out.relay import Relay
from chassis.process.service import Loop

from branding.settings import Settings


def loops(settings: Settings, database: Database) -> dict[str, Loop]:
    """The loops by name."""
    return {"relay": Relay("branding", settings, database)}
