"""What happens to money is told, once each, and until its own last moment; by text too, so that customers are
read again for the phone numbers of their contacts.
"""

from alembic import op
from chassis.identity.migrations import read_again_1

revision = "0012"
down_revision = "0011"

# `notices` names the kinds that were told of a payment, each with the refund or dispute that it was about.
_STATEMENTS = (
    "ALTER TABLE notification_sources ADD notices text[] NOT NULL DEFAULT '{}'",
    "ALTER TABLE deliveries ADD reversal_id text NOT NULL DEFAULT ''",
    "ALTER TABLE pending_notifications ADD reversal_id text NOT NULL DEFAULT '', ADD expires_at timestamptz",
    "ALTER TABLE pending_notifications DROP CONSTRAINT pending_notifications_pkey,"
    " ADD PRIMARY KEY (business_id, event_id, kind, reversal_id)",
    # One without contacts is read again already since 0007, or has nobody to write to.
    "UPDATE customers SET version = version - 1 WHERE contacts <> '{}'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    read_again_1("notifier.people", "servicehub.customers.v1")
