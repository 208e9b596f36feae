"""Whether the account that each business set can take payments; the first look is due at once."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0010"
down_revision = "0009"

_ACCOUNT_CHECKS = """
CREATE TABLE account_checks (
    business_id text PRIMARY KEY,
    account text NOT NULL,
    standing text,
    checked_at timestamptz,
    next_check_at timestamptz NOT NULL
)
"""
_THOSE_THAT_ARE_SET = """
INSERT INTO account_checks (business_id, account, next_check_at)
SELECT business_id, state->>'stripe_account', now() FROM businesses
WHERE state->>'stripe_account' IS NOT NULL
"""


def upgrade() -> None:
    op.execute(_ACCOUNT_CHECKS)
    op.execute("CREATE INDEX account_checks_due ON account_checks (next_check_at)")
    protect_1("account_checks", "billing", worker="SELECT, INSERT, UPDATE, DELETE")
    op.execute(_THOSE_THAT_ARE_SET)
