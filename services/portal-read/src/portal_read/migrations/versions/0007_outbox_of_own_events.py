"""The web role's part of the outbox takes this service's own events alone."""

from chassis.database.migrations import outbox_4

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    outbox_4("portal_read", "portal.rejections.v1")
