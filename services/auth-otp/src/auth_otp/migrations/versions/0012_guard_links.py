"""Links by which who holds an address says "it was not me", and until when an address is guarded."""

from typing import Final

from alembic import op
from chassis.database.migrations import protect_1

revision = "0012"
down_revision = "0011"

_TABLE: Final = """
CREATE TABLE guard_links (
    business_id text NOT NULL,
    token_index text NOT NULL,
    address_index text NOT NULL,
    address_cipher bytea NOT NULL,
    locale text,
    expires_at timestamptz NOT NULL,
    guarded_until timestamptz,
    PRIMARY KEY (business_id, token_index)
)
"""
# A link names no business: which one is looked up before the tenant is known, by its token's index alone.
_VIEW: Final = "CREATE VIEW guard_link_owners AS SELECT token_index, business_id FROM guard_links"
_STATEMENTS: Final = (
    _TABLE,
    "CREATE INDEX guard_links_by_token ON guard_links (token_index)",
    "CREATE INDEX guard_links_by_address ON guard_links (business_id, address_index)",
    "CREATE INDEX guard_links_by_expiry ON guard_links (expires_at)",
    "ALTER TABLE code_requests ADD guarded_until timestamptz",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    protect_1("guard_links", "auth_otp", web="SELECT, UPDATE", worker="SELECT, INSERT, UPDATE, DELETE")
    op.execute(_VIEW)
    op.execute("GRANT SELECT ON guard_link_owners TO auth_otp_web")
