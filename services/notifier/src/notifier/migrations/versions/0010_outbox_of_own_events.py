"""The web role's part of the outbox takes this service's own events alone."""

from chassis.database.migrations import outbox_4

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    outbox_4("notifier", "portal.messages.v1", "portal.preferences.v1")
