"""Positions, dead letters, the list of projections and which one is shown, and what contacts last saw."""

from alembic import op
from chassis.database.migrations import create_inbox_1, protect_1

revision = "0001"
down_revision = None

_PROJECTIONS = """
CREATE TABLE projections (
    name text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""
_ACTIVE = """
CREATE TABLE active_projection (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    name text NOT NULL REFERENCES projections
)
"""
_SNAPSHOTS = """
CREATE TABLE visitor.snapshots (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    seen_at timestamptz NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (business_id, customer_id, contact_id)
)
"""


def upgrade() -> None:
    create_inbox_1("portal_read")
    op.execute(_PROJECTIONS)
    op.execute(_ACTIVE)
    op.execute("GRANT SELECT ON projections, active_projection TO portal_read_web, portal_read_worker")
    op.execute("CREATE SCHEMA visitor")
    op.execute("GRANT USAGE ON SCHEMA visitor TO portal_read_web, portal_read_worker")
    op.execute(_SNAPSHOTS)
    protect_1(
        "visitor.snapshots", "portal_read", web="SELECT, INSERT, UPDATE, DELETE", worker="SELECT, DELETE"
    )
