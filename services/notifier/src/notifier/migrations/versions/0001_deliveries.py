"""Businesses by event, deliveries as jobs, outbox and positions."""

from alembic import op
from chassis.database.migrations import create_inbox_1, create_outbox_1, protect_1

revision = "0001"
down_revision = None

_BUSINESSES = """
CREATE TABLE businesses (
    business_id text PRIMARY KEY,
    version bigint NOT NULL,
    slug text NOT NULL,
    state jsonb NOT NULL
)
"""
# `sealed` holds address and code, encrypted, and is there only while the delivery is due.
_DELIVERIES = """
CREATE TABLE deliveries (
    business_id text NOT NULL,
    message_id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    kind text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    locale text NOT NULL,
    caused_by text NOT NULL,
    sealed text,
    status text NOT NULL DEFAULT 'due' CHECK (status IN ('due', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    requested_at timestamptz NOT NULL,
    ended_at timestamptz,
    provider_reference text,
    error text,
    traceparent text,
    PRIMARY KEY (business_id, message_id),
    CHECK ((status = 'due') = (sealed IS NOT NULL)),
    CHECK ((status = 'due') = (ended_at IS NULL))
)
"""


def upgrade() -> None:
    op.execute(_BUSINESSES)
    protect_1("businesses", "notifier", worker="SELECT, INSERT, UPDATE")
    op.execute(_DELIVERIES)
    op.execute("CREATE INDEX deliveries_due ON deliveries (business_id, due_at) WHERE status = 'due'")
    op.execute("CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE status <> 'due'")
    protect_1("deliveries", "notifier", worker="SELECT, INSERT, UPDATE, DELETE")
    create_outbox_1("notifier")
    create_inbox_1("notifier")
