"""Messages tell of a customer's autopay too."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("ALTER TABLE notification_sources DROP CONSTRAINT notification_sources_aggregate")
    op.execute(
        "ALTER TABLE notification_sources ADD CONSTRAINT notification_sources_aggregate"
        " CHECK (aggregate IN ('appointment', 'invoice', 'payment', 'autopay'))"
    )
