"""What three services keep before they have the tables of identity, and the migration to these, for each."""

from alembic import op
from chassis.database.migrations import create_inbox_1
from chassis.identity.migrations import (
    create_identity_1,
    drop_former_1,
    keep_businesses_1,
    keep_customers_1,
    read_again_1,
    set_aside_1,
)

BUSINESSES, CUSTOMERS = "portal.businesses.v1", "servicehub.customers.v1"

_STATES = """
CREATE TABLE businesses (
    business_id text PRIMARY KEY, version bigint NOT NULL, slug text NOT NULL, state jsonb NOT NULL
);
CREATE VIEW slugs AS SELECT slug, business_id FROM businesses
"""
_CUSTOMERS = """
CREATE TABLE customers (
    business_id text NOT NULL, customer_id text NOT NULL, version bigint NOT NULL,
    portal_access boolean NOT NULL, erased boolean NOT NULL, {},
    PRIMARY KEY (business_id, customer_id)
)
"""
FORMER = {
    "billing": (
        _STATES,
        _CUSTOMERS.format("payers text[] NOT NULL"),
        "CREATE TABLE ended_sessions (business_id text NOT NULL, session_id text NOT NULL,"
        " version bigint NOT NULL, expires_at timestamptz NOT NULL, PRIMARY KEY (business_id, session_id))",
    ),
    "notifier": (_STATES, _CUSTOMERS.format("contact_ids text[] NOT NULL, people bytea")),
    "auth_otp": (
        "CREATE TABLE businesses (business_id text PRIMARY KEY, version bigint NOT NULL, slug text NOT NULL,"
        " former_slugs text[] NOT NULL, enabled boolean NOT NULL, generation bigint NOT NULL,"
        " country text NOT NULL, default_locale text NOT NULL, locales text[] NOT NULL)",
        _CUSTOMERS.format("locale text"),
        "CREATE TABLE contacts (business_id text NOT NULL, customer_id text NOT NULL,"
        " contact_id text NOT NULL, PRIMARY KEY (business_id, customer_id, contact_id))",
    ),
}


def create_former(service: str) -> None:
    """The tables of before, as far as they matter here."""
    create_inbox_1(service)
    for statement in FORMER[service.removeprefix("former_")]:
        op.execute(statement)


def upgrade_billing(service: str) -> None:
    """Until customers were read again, their payers are the only contacts known."""
    set_aside_1("businesses", "customers", "ended_sessions")
    create_identity_1(service)
    keep_businesses_1()
    keep_customers_1(contacts=_contacts("c.payers", '["pay"]'), read_again=True)
    op.execute(
        "INSERT INTO ended_sessions (business_id, session_id, version, expires_at)"
        " SELECT business_id, session_id, version, expires_at FROM former.ended_sessions"
    )
    drop_former_1()
    read_again_1("billing.people", CUSTOMERS)


def upgrade_notifier(service: str) -> None:
    """Until customers were read again, none of their contacts is known, and messages to them wait."""
    set_aside_1("businesses", "customers")
    create_identity_1(service)
    keep_businesses_1()
    keep_customers_1(contacts="jsonb_build_object()", read_again=True)
    drop_former_1()  # not before addresses have a table of their own
    read_again_1("notifier.people", CUSTOMERS)


def upgrade_auth_otp(service: str) -> None:
    """Businesses are read again for the rest of their state, which sign-in never kept and never asks for.

    Customers are not: nothing that they lost once may end a session of today.
    """
    set_aside_1("businesses", "customers")
    create_identity_1(service, ended_sessions=False)
    keep_businesses_1(state=f"(to_jsonb(b) - 'version') || {_REST_OF_A_BUSINESS}", read_again=True)
    ids = (
        "ARRAY(SELECT contact_id FROM contacts k"
        " WHERE k.business_id = c.business_id AND k.customer_id = c.customer_id)"
    )
    keep_customers_1(contacts=_contacts(ids, "[]"))
    drop_former_1()
    read_again_1("auth-otp", BUSINESSES)


_REST_OF_A_BUSINESS = """jsonb_build_object(
    'name', b.slug, 'theme_url', '/', 'colours', jsonb_build_object('primary', '#000000'),
    'time_zone', 'UTC', 'currency', 'XXX', 'support', jsonb_build_object(),
    'reminders', jsonb_build_object('hours_before', jsonb_build_array())
)"""


def _contacts(ids: str, roles: str) -> str:
    """SQL for contacts with these ids, each with the same roles."""
    return (
        f"(SELECT coalesce(jsonb_object_agg(id, CAST('{roles}' AS jsonb)), CAST('{{}}' AS jsonb))"
        f" FROM unnest({ids}) AS id)"
    )
