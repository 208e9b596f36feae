"""What a contact may see and do follows from its roles by one rule."""

from typing import get_args

import pytest
from servicehub_events import Contact, Role, has_role

ROLES: tuple[Role, ...] = get_args(Role)


CASES: list[tuple[tuple[Role, ...] | None, set[Role]]] = [
    (None, {"visits", "invoices", "pay"}),
    ((), set()),
    (("visits",), {"visits"}),
    (("invoices",), {"invoices"}),
    (("pay",), {"invoices", "pay"}),
    (("visits", "invoices"), {"visits", "invoices"}),
    (("visits", "pay"), {"visits", "invoices", "pay"}),
    (("invoices", "pay"), {"invoices", "pay"}),
    (("visits", "invoices", "pay"), {"visits", "invoices", "pay"}),
]


@pytest.mark.parametrize(("roles", "allowed"), CASES)
def test_roles_left_out_allow_everything_and_pay_includes_invoices(
    roles: tuple[Role, ...] | None, allowed: set[Role]
) -> None:
    contact = Contact(contact_id="co-1", name="Sample Contact", roles=roles)
    assert {role for role in ROLES if contact.may(role)} == allowed
    assert {role for role in ROLES if has_role(roles, role)} == allowed
