"""Alembic's entry: the public schema by revisions, then the projection that `PROJECTION_SCHEMA` names."""

import os

from alembic import context
from chassis.migrations import run_env

from portal_read import projections
from portal_read.projection_schema import ensure_projection

run_env()
ensure_projection(
    context.config.attributes["connection"], os.environ.get("PROJECTION_SCHEMA", "") or projections.FIRST
)
