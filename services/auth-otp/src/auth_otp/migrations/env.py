"""Alembic's entry: everything is configured in the chassis."""

from chassis.migrations import run_env

run_env()
