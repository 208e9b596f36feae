"""All of the outbox leaves in one order."""

from chassis.database.migrations import outbox_3

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    outbox_3()
