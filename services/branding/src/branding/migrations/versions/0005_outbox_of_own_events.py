"""The web role's part of the outbox takes this service's own events alone."""

from chassis.database.migrations import outbox_4

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    outbox_4("branding", "portal.businesses.v1")
