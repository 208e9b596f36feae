"""Each lane of the outbox has its own part of the index."""

from chassis.database.migrations import outbox_2

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    outbox_2()
