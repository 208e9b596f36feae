"""Refund notes: the numbers of each business by range, and each paper of a refund as it was handed out."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0018"
down_revision = "0017"

_NUMBERS = """
CREATE TABLE refund_note_numbers (
    business_id text NOT NULL,
    prefix text NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (business_id, prefix)
)
"""
# As receipts: what a paper says is encrypted, and so is the paper. Older code knows neither table.
_NOTES = """
CREATE TABLE refund_notes (
    business_id text NOT NULL,
    refund_id text NOT NULL,
    copy integer NOT NULL,
    rendition integer NOT NULL,
    customer_id text NOT NULL,
    paper bytea NOT NULL,
    pdf bytea NOT NULL DEFAULT '',
    PRIMARY KEY (business_id, refund_id, copy, rendition)
)
"""


def upgrade() -> None:
    op.execute(_NUMBERS)
    op.execute(_NOTES)
    op.execute("CREATE INDEX refund_notes_customer ON refund_notes (business_id, customer_id)")
    protect_1("refund_note_numbers", "billing", web="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE")
    protect_1(
        "refund_notes", "billing", web="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE, DELETE"
    )
