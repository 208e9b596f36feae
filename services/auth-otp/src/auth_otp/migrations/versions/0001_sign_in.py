"""Contacts, businesses, sessions, counters, and the queue of codes to send."""

from alembic import op
from chassis.database.migrations import create_event_store_1, create_inbox_1, protect_1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICE = "auth_otp"

_TABLES = """
CREATE TABLE businesses (
    business_id text PRIMARY KEY,
    version bigint NOT NULL,
    slug text NOT NULL,
    former_slugs text[] NOT NULL,
    enabled boolean NOT NULL,
    generation bigint NOT NULL,
    country text NOT NULL,
    default_locale text NOT NULL,
    locales text[] NOT NULL
);
CREATE TABLE customers (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    version bigint NOT NULL,
    portal_access boolean NOT NULL,
    erased boolean NOT NULL,
    locale text,
    PRIMARY KEY (business_id, customer_id)
);
CREATE TABLE contacts (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    version bigint NOT NULL,
    email_cipher bytea,
    phone_cipher bytea,
    email_index text,
    phone_index text,
    locale text,
    PRIMARY KEY (business_id, customer_id, contact_id)
);
CREATE INDEX contacts_by_email ON contacts (business_id, email_index) WHERE email_index IS NOT NULL;
CREATE INDEX contacts_by_phone ON contacts (business_id, phone_index) WHERE phone_index IS NOT NULL;
CREATE TABLE sessions (
    business_id text NOT NULL,
    session_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    address_index text NOT NULL,
    address_cipher bytea NOT NULL,
    remembered boolean NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, session_id)
);
CREATE INDEX sessions_by_customer ON sessions (business_id, customer_id, contact_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE TABLE failures (
    business_id text NOT NULL,
    address_index text NOT NULL,
    bucket text NOT NULL,
    day date NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (business_id, address_index, bucket, day)
);
CREATE TABLE known_browsers (
    business_id text NOT NULL,
    address_index text NOT NULL,
    browser_id text NOT NULL,
    proved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, address_index, browser_id)
);
CREATE TABLE code_requests (
    business_id text NOT NULL,
    challenge_id text NOT NULL,
    send_number integer NOT NULL,
    generation integer NOT NULL,
    pepper text NOT NULL,
    address_cipher bytea NOT NULL,
    locale text,
    expires_at timestamptz NOT NULL,
    traceparent text,
    requested_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, challenge_id, send_number)
);
CREATE INDEX code_requests_by_age ON code_requests (requested_at);
CREATE TABLE sms_days (
    business_id text NOT NULL,
    day date NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (business_id, day)
);
"""
# Owned by the owner, whom row-level security does not bind: a slug is looked up before the tenant is known.
# A present name wins over one somebody else gave up.
_SLUGS = """
CREATE VIEW slugs AS
SELECT DISTINCT ON (slug) slug, business_id FROM (
    SELECT slug, business_id, 0 AS rank FROM businesses
    UNION ALL
    SELECT unnest(former_slugs), business_id, 1 FROM businesses
) AS named ORDER BY slug, rank, business_id
"""
_ALL = "SELECT, INSERT, UPDATE, DELETE"


def upgrade() -> None:
    create_event_store_1(SERVICE)
    create_inbox_1(SERVICE)
    for statement in _TABLES.split(";"):
        if statement.strip():
            op.execute(statement)
    protect_1("businesses", SERVICE, web="SELECT", worker=_ALL)
    protect_1("customers", SERVICE, web="SELECT", worker=_ALL)
    seen_by_web = "SELECT (business_id, customer_id, contact_id, email_index, phone_index)"
    protect_1("contacts", SERVICE, web=seen_by_web, worker=_ALL)
    protect_1("sessions", SERVICE, web=_ALL, worker=_ALL)
    protect_1("failures", SERVICE, web="SELECT, INSERT, UPDATE", worker=_ALL)
    protect_1("known_browsers", SERVICE, web=_ALL, worker=_ALL)
    protect_1("code_requests", SERVICE, web="INSERT", worker=_ALL)
    protect_1("sms_days", SERVICE, worker=_ALL)
    op.execute(_SLUGS)
    op.execute(f"GRANT SELECT ON slugs TO {SERVICE}_web")


def downgrade() -> None:
    raise NotImplementedError("restore a backup: going back would lose sessions")
