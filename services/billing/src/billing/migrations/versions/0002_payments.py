"""Payments: attempts at the processor, the claims that make each invoice payable once, raw webhooks."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0002"
down_revision = "0001"

_ATTEMPTS = """
CREATE TABLE attempts (
    business_id text NOT NULL,
    payment_id text NOT NULL,
    customer_id text NOT NULL,
    account text NOT NULL,
    request text NOT NULL,
    idempotency_key text NOT NULL,
    reference text,
    url text,
    started_at timestamptz NOT NULL,
    look_at timestamptz,
    looks integer NOT NULL DEFAULT 0,
    PRIMARY KEY (business_id, payment_id)
)
"""
_CLAIMS = """
CREATE TABLE claims (
    business_id text NOT NULL,
    payment_id text NOT NULL,
    invoice_id text NOT NULL,
    held boolean NOT NULL DEFAULT true,
    PRIMARY KEY (business_id, payment_id, invoice_id)
)
"""
# One charge, however many tabs: of all payments on an invoice, one at a time may be on its way.
_ONE_AT_A_TIME = "CREATE UNIQUE INDEX claims_held ON claims (business_id, invoice_id) WHERE held"
_ACCOUNTS = """
CREATE TABLE accounts (
    business_id text NOT NULL,
    account text NOT NULL,
    heard_until timestamptz NOT NULL,
    ask_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, account)
)
"""
_ENDED_SESSIONS = """
CREATE TABLE ended_sessions (
    business_id text NOT NULL,
    session_id text NOT NULL,
    version bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, session_id)
)
"""
# No tenant is known before a notice is read: the web process only adds to it, and cannot read it back.
_WEBHOOKS = """
CREATE TABLE webhooks (
    event_id text PRIMARY KEY,
    account text NOT NULL,
    payment_id text NOT NULL,
    kind text NOT NULL,
    body bytea NOT NULL,
    heard_by text NOT NULL,
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    look_at timestamptz NOT NULL DEFAULT now(),
    looks integer NOT NULL DEFAULT 0,
    handled_at timestamptz,
    outcome text
)
"""


def upgrade() -> None:
    for statement in (_ATTEMPTS, _CLAIMS, _ONE_AT_A_TIME, _ACCOUNTS, _ENDED_SESSIONS, _WEBHOOKS):
        op.execute(statement)
    op.execute("CREATE INDEX claims_invoice ON claims (business_id, invoice_id)")
    op.execute("CREATE INDEX attempts_open ON attempts (look_at) WHERE look_at IS NOT NULL")
    op.execute("CREATE INDEX attempts_payment ON attempts (payment_id)")
    op.execute("CREATE INDEX webhooks_waiting ON webhooks (look_at) WHERE handled_at IS NULL")
    op.execute("CREATE INDEX webhooks_payment ON webhooks (payment_id) WHERE handled_at IS NULL")
    for table in ("attempts", "claims", "accounts"):
        protect_1(table, "billing", web="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE, DELETE")
    protect_1("ended_sessions", "billing", web="SELECT", worker="SELECT, INSERT, UPDATE, DELETE")
    op.execute("GRANT INSERT ON webhooks TO billing_web")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks TO billing_worker")
