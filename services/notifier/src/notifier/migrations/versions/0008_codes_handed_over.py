"""Codes are handed over alone: what came sealed by Kafka can be opened no more, and ends as expired."""

from typing import Final

from alembic import op
from chassis.database.migrations import outbox_3

revision = "0008"
down_revision = "0007"

_STATEMENTS: Final = (
    "ALTER TABLE deliveries DROP CONSTRAINT deliveries_content",
    # The worker ends them, and tells of it.
    "UPDATE deliveries SET content = '', expires_at = requested_at, due_at = requested_at"
    " WHERE sealed IS NOT NULL",
    "ALTER TABLE deliveries DROP sealed, ADD CONSTRAINT deliveries_content"
    " CHECK ((content IS NOT NULL) = (status = 'due' AND contact_id IS NULL))",
    "DELETE FROM positions WHERE consumer = 'notifier.codes'",
    "DELETE FROM dead_letters WHERE consumer = 'notifier.codes'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    outbox_3()
