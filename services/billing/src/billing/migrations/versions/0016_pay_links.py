"""Pay links: until when those of a business, a customer or an invoice were ended."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0016"
down_revision = "0015"

# A link is a row nowhere. `id` is that of the business, the customer or the invoice.
_ENDED = """
CREATE TABLE ended_pay_links (
    business_id text NOT NULL,
    scope text NOT NULL CHECK (scope IN ('business', 'customer', 'invoice')),
    id text NOT NULL,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, scope, id)
)
"""


def upgrade() -> None:
    op.execute(_ENDED)
    protect_1("ended_pay_links", "billing", web="SELECT", worker="SELECT, INSERT, UPDATE, DELETE")
