"""Documents are read in batches, by the consumer that every service has, from where Faust had come."""

from typing import Final

from alembic import op

revision = "0019"
down_revision = "0018"

_STATEMENTS: Final = (
    # Vouchers under way of a batch's customers are found without the rest of what they have.
    "CREATE INDEX notification_sources_payments ON notification_sources (business_id, customer_id)"
    " WHERE aggregate = 'payment'",
    # Faust read what was not committed yet. Who reads committed records alone cannot begin behind them, so
    # the last ones are read again: what is known of them is newer or the same, and nobody is told twice.
    "UPDATE positions SET next_offset = greatest(0, next_offset - 1000) WHERE consumer = 'notifier.news'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
