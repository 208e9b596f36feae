"""The worker's role sees how far the database is migrated."""

from chassis.database.migrations import readable_revision_1

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    readable_revision_1("branding")
