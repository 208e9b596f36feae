"""What an erasure looks for: the payments of a customer, and the notices of a payment."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("CREATE INDEX attempts_customer ON attempts (business_id, customer_id)")
    op.execute("CREATE INDEX webhooks_all_of_payment ON webhooks (payment_id)")
