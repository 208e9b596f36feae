"""Surplus: how much of a payment is to be given back without anybody asking, in minor units."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    # A session with a refund to make is looked at until it is made. Older code neither orders nor makes one.
    op.execute("ALTER TABLE checkout_sessions ADD COLUMN refund_due bigint")
