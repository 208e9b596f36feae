"""Businesses and customers as tables of identity, addresses in a table beside them.

Customers are read again for the roles of their contacts, which only an encrypted column told. Until then none
of them has a contact, and messages to them wait.
"""

from alembic import op
from chassis.database.migrations import protect_1
from chassis.identity.migrations import (
    create_identity_1,
    drop_former_1,
    keep_businesses_1,
    keep_customers_1,
    read_again_1,
    set_aside_1,
)

revision = "0007"
down_revision = "0006"

# `addresses` holds email addresses and languages of the contacts, encrypted.
_CONTACT_ADDRESSES = """
CREATE TABLE contact_addresses (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    addresses bytea NOT NULL,
    PRIMARY KEY (business_id, customer_id)
)
"""
_KEEP_ADDRESSES = """
INSERT INTO contact_addresses (business_id, customer_id, addresses)
SELECT business_id, customer_id, people FROM former.customers WHERE people IS NOT NULL
"""


def upgrade() -> None:
    set_aside_1("businesses", "customers")
    create_identity_1("notifier", ended_sessions=False)
    keep_businesses_1()
    keep_customers_1(contacts="jsonb_build_object()", read_again=True)
    op.execute(_CONTACT_ADDRESSES)
    protect_1("contact_addresses", "notifier", worker="SELECT, INSERT, DELETE")
    op.execute(_KEEP_ADDRESSES)
    drop_former_1()
    read_again_1("notifier.people", "servicehub.customers.v1")
