"""News: customers and what happened to them, messages that wait for somebody, deliveries without a code."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0002"
down_revision = "0001"

_ALL = "SELECT, INSERT, UPDATE, DELETE"
_TABLES = {
    # `people` holds addresses and languages of the contacts, encrypted. The erased keep their id alone.
    "customers": """
CREATE TABLE customers (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    version bigint NOT NULL,
    portal_access boolean NOT NULL,
    erased boolean NOT NULL,
    contact_ids text[] NOT NULL,
    people bytea,
    PRIMARY KEY (business_id, customer_id)
)
""",
    "preferences": """
CREATE TABLE preferences (
    business_id text NOT NULL,
    contact_id text NOT NULL,
    version bigint NOT NULL,
    locale text,
    kinds jsonb NOT NULL,
    PRIMARY KEY (business_id, contact_id)
)
""",
    # A visit, an invoice or a payment, as far as messages tell about it; without a state once it is erased.
    # `news_version` is the version of its newest event that makes a message.
    "subjects": """
CREATE TABLE subjects (
    business_id text NOT NULL,
    aggregate text NOT NULL CHECK (aggregate IN ('visit', 'invoice', 'payment')),
    subject_id text NOT NULL,
    version bigint NOT NULL,
    customer_id text NOT NULL,
    state jsonb,
    news_version bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (business_id, aggregate, subject_id)
)
""",
    # Messages whose recipients are not settled yet.
    "news": """
CREATE TABLE news (
    business_id text NOT NULL,
    event_id text NOT NULL,
    kind text NOT NULL,
    aggregate text NOT NULL,
    subject_id text NOT NULL,
    subject_version bigint NOT NULL,
    customer_id text NOT NULL,
    heard_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    traceparent text,
    PRIMARY KEY (business_id, event_id)
)
""",
}
_INDEXES = (
    "CREATE INDEX subjects_by_customer ON subjects (business_id, customer_id)",
    "CREATE INDEX news_due ON news (business_id, due_at)",
    "CREATE INDEX news_by_customer ON news (business_id, customer_id)",
    "CREATE INDEX news_by_subject ON news (business_id, aggregate, subject_id)",
)
# A code holds what it is sent to, sealed. News name a contact instead, and are dropped when no longer true.
_DELIVERIES = """
ALTER TABLE deliveries
    ADD urgent boolean NOT NULL DEFAULT true,
    ADD customer_id text,
    ADD contact_id text,
    ADD aggregate text,
    ADD subject_id text,
    ADD subject_version bigint,
    DROP CONSTRAINT deliveries_check,
    DROP CONSTRAINT deliveries_status_check,
    ADD CONSTRAINT deliveries_status CHECK (status IN ('due', 'sent', 'failed', 'dropped')),
    ADD CONSTRAINT deliveries_sealed
        CHECK ((sealed IS NOT NULL) = (status = 'due' AND contact_id IS NULL)),
    ADD CONSTRAINT deliveries_urgent CHECK (urgent = (contact_id IS NULL))
"""
_DELIVERY_INDEXES = (
    "DROP INDEX deliveries_due",
    "CREATE INDEX deliveries_due ON deliveries (urgent, business_id, due_at) WHERE status = 'due'",
    "CREATE INDEX deliveries_by_customer ON deliveries (business_id, customer_id)"
    " WHERE customer_id IS NOT NULL",
)


def upgrade() -> None:
    for table, statement in _TABLES.items():
        op.execute(statement)
        protect_1(table, "notifier", worker=_ALL)
    for statement in (*_INDEXES, _DELIVERIES, *_DELIVERY_INDEXES):
        op.execute(statement)
