"""Vaults, where a contact's cards are kept at the processor, and whose cards a page offers."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0014"
down_revision = "0013"

# `reference` is null until the processor was asked for it; `erase_at` says when it is to be deleted there.
_VAULTS = """
CREATE TABLE vaults (
    business_id text NOT NULL,
    vault_id text NOT NULL,
    account text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    reference text,
    left_at timestamptz,
    erase_at timestamptz,
    PRIMARY KEY (business_id, vault_id)
)
"""
_ONE_EACH = (
    "CREATE UNIQUE INDEX vaults_of_contacts ON vaults (business_id, account, customer_id, contact_id)"
    " WHERE erase_at IS NULL"
)


def upgrade() -> None:
    op.execute(_VAULTS)
    op.execute(_ONE_EACH)
    op.execute("CREATE INDEX vaults_due ON vaults (erase_at) WHERE erase_at IS NOT NULL")
    protect_1("vaults", "billing", web="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE, DELETE")
    op.execute("ALTER TABLE checkout_sessions ADD COLUMN vault text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE checkout_sessions ADD COLUMN keeps_card boolean NOT NULL DEFAULT false")
