"""`portal doctor`: looks at every dependency that the environment names, and says what to do."""

from chassis.commands.doctor.command import app

__all__ = ["app"]
