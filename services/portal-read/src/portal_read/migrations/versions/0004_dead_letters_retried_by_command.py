"""Dead letters are retried by an operator's command; no consumer is asked to."""

from chassis.database.migrations import dead_letters_3

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    dead_letters_3()
