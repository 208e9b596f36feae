"""Run by Alembic; everything is configured in the chassis."""

from chassis.database.migrations import run_env

run_env()
