"""Addresses of contacts are written anew, where they lie, when their key is rotated."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("GRANT UPDATE ON contact_addresses TO notifier_worker")
