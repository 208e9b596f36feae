"""Alembic's entry: the public schema by revisions, then a first projection where there is none."""

from alembic import context
from chassis.database.migrations import run_env

from portal_read.projection.schema import ensure_projection

run_env()
ensure_projection(context.config.attributes["connection"])
