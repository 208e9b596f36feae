"""Where contacts are reached, and by what no longer; what providers report of messages and what people reply.

Customers are read again: which number is whose, only an encrypted column told.
"""

from typing import Final

from alembic import op
from chassis.database.migrations import protect_1
from chassis.identity.migrations import read_again_1

revision = "0017"
down_revision = "0016"

# `address_index` is a blind one. `fault` says why nothing reaches the address, `stop_told_at` when a text
# last said how texts end.
_CONTACT_CHANNELS: Final = """
CREATE TABLE contact_channels (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    address_index text NOT NULL,
    fault text,
    fault_at timestamptz,
    stop_told_at timestamptz,
    PRIMARY KEY (business_id, customer_id, contact_id, channel),
    CHECK ((fault IS NULL) = (fault_at IS NULL))
)
"""
_MAIL_NAMES: Final = """
CREATE TABLE mail_names (
    business_id text PRIMARY KEY,
    name text NOT NULL
)
"""
_KEEP_NAMES: Final = """
INSERT INTO mail_names (business_id, name)
SELECT business_id, coalesce(state -> 'former_slugs' ->> 0, state ->> 'slug') FROM businesses
"""
# `content` is a report or a reply, encrypted: the web role adds it, whosever it is, and reads none.
_PROVIDER_REPORTS: Final = """
CREATE TABLE provider_reports (
    report_id uuid PRIMARY KEY,
    content bytea NOT NULL,
    received_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL
)
"""
_STATEMENTS: Final = (
    "CREATE INDEX contact_channels_address ON contact_channels (address_index)",
    _PROVIDER_REPORTS,
    "CREATE INDEX provider_reports_due ON provider_reports (due_at)",
    "GRANT INSERT ON provider_reports TO notifier_web",
    "GRANT SELECT, UPDATE, DELETE ON provider_reports TO notifier_worker",
    "ALTER TABLE deliveries ADD handed_over_at timestamptz, ADD address_index text, ADD sent_to text,"
    " DROP CONSTRAINT deliveries_status, ADD CONSTRAINT deliveries_status"
    " CHECK (status IN ('due', 'sent', 'delivered', 'failed', 'dropped'))",
    "CREATE INDEX deliveries_message ON deliveries (message_id)",
    "CREATE INDEX deliveries_address ON deliveries (business_id, address_index)"
    " WHERE address_index IS NOT NULL",
    # Where an earlier revision has them read again, and nothing was read since, they are lower already.
    "UPDATE customers SET version = version - 1 WHERE contacts <> '{}' AND EXISTS (SELECT FROM positions"
    " WHERE consumer = 'notifier.people' AND topic = 'servicehub.customers.v1')",
)


def upgrade() -> None:
    op.execute(_CONTACT_CHANNELS)
    protect_1("contact_channels", "notifier", worker="SELECT, INSERT, UPDATE, DELETE")
    op.execute(_MAIL_NAMES)
    protect_1("mail_names", "notifier", worker="SELECT, INSERT")
    op.execute(_KEEP_NAMES)
    for statement in _STATEMENTS:
        op.execute(statement)
    read_again_1("notifier.people", "servicehub.customers.v1")
