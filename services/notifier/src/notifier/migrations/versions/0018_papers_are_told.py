"""What each contact was last told of an invoice, so that a change is told as the difference; customers'
requests and their answers; and who was told that they can sign in.
"""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0018"
down_revision = "0017"

_ALL = "SELECT, INSERT, UPDATE, DELETE"
_TOLD = """
CREATE TABLE told_invoices (
    business_id text NOT NULL,
    invoice_id text NOT NULL,
    contact_id text NOT NULL,
    customer_id text NOT NULL,
    facts jsonb NOT NULL,
    PRIMARY KEY (business_id, invoice_id, contact_id)
)
"""
_STATEMENTS = (
    "CREATE INDEX told_invoices_by_customer ON told_invoices (business_id, customer_id)",
    # What former code told in the last 30 days was told as it is known now: nothing is told of it again.
    """
INSERT INTO told_invoices (business_id, invoice_id, contact_id, customer_id, facts)
SELECT DISTINCT d.business_id, d.subject_id, d.contact_id, d.customer_id, s.state
FROM deliveries d JOIN notification_sources s
    ON s.business_id = d.business_id AND s.aggregate = 'invoice' AND s.subject_id = d.subject_id
WHERE d.kind = 'invoice_issued' AND d.status = 'sent' AND s.state IS NOT NULL
""",
    "ALTER TABLE notification_sources ADD words bytea",  # what staff wrote, encrypted
    "ALTER TABLE notification_sources DROP CONSTRAINT notification_sources_aggregate",
    "ALTER TABLE notification_sources ADD CONSTRAINT notification_sources_aggregate CHECK (aggregate IN"
    " ('appointment', 'invoice', 'payment', 'autopay', 'request', 'answer', 'access'))",
    # A delivery to an address that may be the contact's no more holds it, encrypted, until it ends.
    "ALTER TABLE deliveries DROP CONSTRAINT deliveries_content",
    "ALTER TABLE deliveries ADD CONSTRAINT deliveries_content CHECK ((content IS NOT NULL) ="
    " (status = 'due' AND (contact_id IS NULL OR kind = 'address_changed')))",
    # Who could sign in before is not told that they can.
    """
INSERT INTO notification_sources (business_id, aggregate, subject_id, version, customer_id, state)
SELECT DISTINCT ON (c.business_id, contact_id) c.business_id, 'access', contact_id, 1, c.customer_id,
    jsonb_build_object('contact_id', contact_id)
FROM customers c, jsonb_object_keys(c.contacts) AS contact_id
WHERE c.portal_access AND NOT c.erased
""",
)


def upgrade() -> None:
    op.execute(_TOLD)
    protect_1("told_invoices", "notifier", worker=_ALL)
    for statement in _STATEMENTS:
        op.execute(statement)
