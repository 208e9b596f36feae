"""What a dead letter is about, superseded or to be tried again; the worker's role sees the revision."""

from chassis.database.migrations import dead_letters_2, readable_revision_1

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    dead_letters_2()
    readable_revision_1("notifier")
