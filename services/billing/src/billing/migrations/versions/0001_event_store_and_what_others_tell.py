"""Event store, outbox and positions; businesses, customers and invoices by event."""

from alembic import op
from chassis.database.migrations import create_event_store_1, create_inbox_1, protect_1

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
# The directory from a page's address to its tenant: a view of the owner's, so it is read without a tenant.
_SLUGS = "CREATE VIEW slugs AS SELECT slug, business_id FROM businesses"
_CUSTOMERS = """
CREATE TABLE customers (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    version bigint NOT NULL,
    portal_access boolean NOT NULL,
    payers text[] NOT NULL,
    erased boolean NOT NULL,
    PRIMARY KEY (business_id, customer_id)
)
"""
_INVOICES = """
CREATE TABLE invoices (
    business_id text NOT NULL,
    invoice_id text NOT NULL,
    version bigint NOT NULL,
    customer_id text NOT NULL,
    state jsonb,
    PRIMARY KEY (business_id, invoice_id)
)
"""


def upgrade() -> None:
    for statement in (_BUSINESSES, _CUSTOMERS, _INVOICES):
        op.execute(statement)
    op.execute("CREATE INDEX businesses_slug ON businesses (slug)")
    op.execute("CREATE INDEX invoices_customer ON invoices (business_id, customer_id)")
    for table in ("businesses", "customers", "invoices"):
        protect_1(table, "billing", web="SELECT", worker="SELECT, INSERT, UPDATE")
    op.execute(_SLUGS)
    op.execute("GRANT SELECT ON slugs TO billing_web")
    create_event_store_1("billing")
    create_inbox_1("billing")
