"""Businesses and customers in the tables of identity, the same in every service.

Businesses are read again for the rest of their state, which was never kept and which sign-in does not ask
for. Customers are not: nothing that one lost and regained long ago may end a session of today. Their contacts
are known by id; the roles come with the next event of each, and sign-in asks for none.
"""

from typing import Final

from chassis.identity.migrations import (
    create_identity_1,
    drop_former_1,
    keep_businesses_1,
    keep_customers_1,
    read_again_1,
    set_aside_1,
)

revision = "0005"
down_revision = "0004"

_STATE: Final = """(to_jsonb(b) - 'version') || jsonb_build_object(
    'name', b.slug, 'theme_url', '/', 'colours', jsonb_build_object('primary', '#000000'),
    'time_zone', 'UTC', 'currency', 'XXX', 'support', jsonb_build_object(),
    'reminders', jsonb_build_object('hours_before', jsonb_build_array())
)"""
_CONTACTS: Final = """(
    SELECT coalesce(jsonb_object_agg(k.contact_id, jsonb_build_array()), jsonb_build_object())
    FROM contacts k WHERE k.business_id = c.business_id AND k.customer_id = c.customer_id
)"""


def upgrade() -> None:
    set_aside_1("businesses", "customers")
    create_identity_1("auth_otp", ended_sessions=False)
    keep_businesses_1(state=_STATE, read_again=True)
    keep_customers_1(contacts=_CONTACTS)
    drop_former_1()
    read_again_1("auth-otp", "portal.businesses.v1")
