"""What is known of how contacts sign in is told to staff, as events of their own."""

from typing import Final

from alembic import op
from chassis.database.migrations import outbox_5

revision = "0013"
down_revision = "0012"

_STATEMENTS: Final = (
    "ALTER TABLE contacts ADD email_fault text, ADD phone_fault text, ADD guard_ends timestamptz,"
    " ADD status_rules text NOT NULL DEFAULT ''",
    "CREATE INDEX sign_in_log_by_message ON sign_in_log (business_id, detail) WHERE kind = 'code_sent'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    outbox_5("auth_otp", "portal.sessions.v1", "portal.contacts.v1")
