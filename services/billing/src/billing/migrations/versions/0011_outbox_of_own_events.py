"""The web role's part of the outbox takes this service's own events alone."""

from chassis.database.migrations import outbox_4

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    outbox_4("billing", "portal.payments.v1")
