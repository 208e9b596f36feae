"""How often an account was asked without news, to ask less often; the web process reads how it stands."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for table in ("accounts", "account_checks"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN checks integer NOT NULL DEFAULT 0")
    op.execute("DROP POLICY worker_all ON account_checks")
    protect_1("account_checks", "billing", web="SELECT", worker="SELECT, INSERT, UPDATE, DELETE")
