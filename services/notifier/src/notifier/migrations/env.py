"""Alembic's environment: the chassis has it all."""

from chassis.database.migrations import run_env

run_env()
