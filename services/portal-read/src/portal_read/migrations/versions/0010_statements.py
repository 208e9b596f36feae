"""Statements of account that contacts took: the bytes that were handed out, encrypted."""

from typing import Final

from alembic import op
from chassis.database.migrations import protect_1

revision = "0010"
down_revision = "0009"

_STATEMENTS: Final = """
CREATE TABLE visitor.statements (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    digest text NOT NULL,
    made_at timestamptz NOT NULL,
    pdf bytea NOT NULL,
    PRIMARY KEY (business_id, customer_id, contact_id, digest)
)
"""


def upgrade() -> None:
    op.execute(_STATEMENTS)
    protect_1(
        "visitor.statements", "portal_read", web="SELECT, INSERT, DELETE", worker="SELECT, UPDATE, DELETE"
    )
