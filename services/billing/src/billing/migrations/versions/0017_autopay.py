"""Autopay: whose card pays new invoices, when to look at it next, and which invoices are new."""

from alembic import op
from chassis.database.migrations import outbox_5, protect_1

revision = "0017"
down_revision = "0016"

# One for each customer, there while it is on; what it is to pay is in its events. `vault` and `card_id` are
# the processor's ids.
_AUTOPAYS = """
CREATE TABLE autopays (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    account text NOT NULL,
    vault text NOT NULL,
    card_id text NOT NULL,
    next_look_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, customer_id)
)
"""


def upgrade() -> None:
    op.execute(_AUTOPAYS)
    op.execute("CREATE INDEX autopays_due ON autopays (next_look_at)")
    protect_1(
        "autopays", "billing", web="SELECT, INSERT, UPDATE, DELETE", worker="SELECT, INSERT, UPDATE, DELETE"
    )
    outbox_5("billing", "portal.payments.v1", "portal.autopay.v1")
    # Whatever is known by now is older than every autopay. Older code leaves the column to its default.
    op.execute("ALTER TABLE invoices ADD COLUMN known_since timestamptz NOT NULL DEFAULT now()")
    op.execute("ALTER TABLE checkout_sessions ADD COLUMN autopay boolean NOT NULL DEFAULT false")
