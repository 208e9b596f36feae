"""Passkeys, by which contacts sign in without a code; and how and when a session was proved."""

from typing import Final

from alembic import op
from chassis.database.migrations import protect_1

revision = "0014"
down_revision = "0013"

_TABLE: Final = """
CREATE TABLE passkeys (
    business_id text NOT NULL,
    passkey_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    name text NOT NULL,
    address_cipher bytea NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    user_handle bytea NOT NULL,
    sign_count bigint NOT NULL,
    backed_up boolean NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    PRIMARY KEY (business_id, passkey_id),
    UNIQUE (business_id, credential_id)
)
"""
_STATEMENTS: Final = (
    _TABLE,
    "CREATE INDEX passkeys_by_contact ON passkeys (business_id, customer_id, contact_id)",
    "ALTER TABLE sessions ADD method text, ADD proved_at timestamptz",
    "ALTER TABLE code_requests ADD passkey_added_at timestamptz",
)
# Whoever serves requests can add a key and take one away, never exchange one.
_WEB: Final = "SELECT, INSERT, DELETE, UPDATE (sign_count, backed_up, used_at)"


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    protect_1("passkeys", "auth_otp", web=_WEB, worker="SELECT, UPDATE, DELETE")
