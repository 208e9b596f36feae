"""Who subscribed to their visits; and what contacts last saw, encrypted like every state.

Nothing had written a snapshot before.
"""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0008"
down_revision = "0007"

_FEEDS = """
CREATE TABLE visitor.calendar_feeds (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    generation bigint NOT NULL,
    token_hash bytea NOT NULL,
    token bytea NOT NULL,
    PRIMARY KEY (business_id, customer_id, contact_id),
    UNIQUE (business_id, token_hash)
)
"""
_SNAPSHOTS = """
ALTER TABLE visitor.snapshots
    DROP COLUMN seen_at,
    DROP COLUMN state,
    ADD version bigint NOT NULL,
    ADD state bytea NOT NULL
"""


def upgrade() -> None:
    op.execute(_FEEDS)
    protect_1(
        "visitor.calendar_feeds",
        "portal_read",
        web="SELECT, INSERT, UPDATE, DELETE",
        worker="SELECT, UPDATE, DELETE",
    )
    op.execute("DELETE FROM visitor.snapshots")
    op.execute(_SNAPSHOTS)
    op.execute("GRANT UPDATE ON visitor.snapshots TO portal_read_worker")
