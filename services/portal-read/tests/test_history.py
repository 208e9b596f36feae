"""What of a history is shown to whom: as the rights of the contact say, whatever was read."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from msgspec import structs
from opened_pages import opened, stored
from portal_read.http.history import show_history
from portal_read.read_model import StoredRow
from servicehub_events import Role
from servicehub_events_tools.testing import samples

NUMBER = samples.invoice().number


def rows() -> dict[str, list[StoredRow]]:
    done = stored("ap-1", samples.completed_appointment(), invoice_ids=["in-1"])
    return {"past": [done], "invoice": [stored("in-1", samples.invoice())]}


def shown_to(*roles: Role, query: str = "") -> str:
    page = opened(rows(), query=parse_qsl(query))
    assert page.context.contact
    contact = structs.replace(page.context.contact, roles=roles)
    return show_history(replace(page, context=replace(page.context, contact=contact)))


def test_who_may_see_visits_alone_is_told_no_invoice() -> None:
    assert NUMBER in shown_to("visits", "invoices")
    assert NUMBER in shown_to("visits", "pay")
    alone = shown_to("visits")
    assert "/appointments/ap-1" in alone
    assert NUMBER not in alone
    assert "/invoices/" not in alone


@pytest.mark.parametrize(("roles", "found"), [(("visits", "invoices"), True), (("visits",), False)])
def test_a_number_finds_a_visit_for_those_alone_who_may_see_it(roles: tuple[Role, ...], found: bool) -> None:
    assert ("/appointments/ap-1" in shown_to(*roles, query=f"q={NUMBER}")) is found
