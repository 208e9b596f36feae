"""Receipts: the numbers of each business, and each paper as it was handed out."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0012"
down_revision = "0011"

_NUMBERS = """
CREATE TABLE receipt_numbers (
    business_id text PRIMARY KEY,
    last bigint NOT NULL
)
"""
# What a paper says is encrypted, and so is the paper: it names a person. A rendition is the same copy after
# a refund or a dispute changed what is true of its payment.
_RECEIPTS = """
CREATE TABLE receipts (
    business_id text NOT NULL,
    payment_id text NOT NULL,
    copy integer NOT NULL,
    rendition integer NOT NULL,
    customer_id text NOT NULL,
    paper bytea NOT NULL,
    pdf bytea NOT NULL DEFAULT '',
    PRIMARY KEY (business_id, payment_id, copy, rendition)
)
"""


def upgrade() -> None:
    op.execute(_NUMBERS)
    op.execute(_RECEIPTS)
    op.execute("CREATE INDEX receipts_customer ON receipts (business_id, customer_id)")
    protect_1("receipt_numbers", "billing", web="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE")
    protect_1("receipts", "billing", web="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE, DELETE")
