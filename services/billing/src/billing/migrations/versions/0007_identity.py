"""Businesses, customers and ended sessions as tables of identity; customers are read again, for roles."""

from alembic import op
from chassis.identity.migrations import (
    create_identity_1,
    drop_former_1,
    keep_businesses_1,
    keep_customers_1,
    read_again_1,
    set_aside_1,
)

revision = "0007"
down_revision = "0006"

# Until customers were read again, those who may pay are the only contacts known: nobody is kept from paying.
_PAYERS = (
    "(SELECT coalesce(jsonb_object_agg(id, CAST('[\"pay\"]' AS jsonb)), CAST('{}' AS jsonb))"
    " FROM unnest(c.payers) AS id)"
)
_ENDED_SESSIONS = """
INSERT INTO ended_sessions (business_id, session_id, version, expires_at)
SELECT business_id, session_id, version, expires_at FROM former.ended_sessions
"""


def upgrade() -> None:
    set_aside_1("businesses", "customers", "ended_sessions")
    create_identity_1("billing")
    keep_businesses_1()
    keep_customers_1(contacts=_PAYERS, read_again=True)
    op.execute(_ENDED_SESSIONS)
    drop_former_1()
    read_again_1("billing.people", "servicehub.customers.v1")
