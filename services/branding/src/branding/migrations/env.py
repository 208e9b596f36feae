"""Run by Alembic; everything is configured in the chassis."""

from chassis.migrations import run_env

run_env()
