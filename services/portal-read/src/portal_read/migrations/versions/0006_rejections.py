"""An outbox, for the events that tell ServiceHub which of its records could not be used."""

from chassis.database.migrations import create_outbox_1, outbox_3

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    create_outbox_1("portal_read")
    outbox_3()
