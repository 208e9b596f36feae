"""Since when an account stands as the processor last said; rows of before learn it with their next check."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("ALTER TABLE account_checks ADD COLUMN since timestamptz")
