"""`portal customer show` on a database of the read world, as its worker."""

import json

import pytest
from portal_world import BUSINESS, CUSTOMER, World
from servicehub_events import CustomerErased

pytestmark = pytest.mark.stack


async def test_it_tells_what_the_pages_know_and_who_it_is_only_when_asked(full: World) -> None:
    code, out, err = await full.portal("customer", "show", f"{BUSINESS}/{CUSTOMER}", "--json")
    assert (code, err) == (0, "")
    known = json.loads(out)
    assert (known["access"], known["portal_enabled"], known["erased"]) == (True, True, False)
    assert [len(known[kind]) for kind in ("visits", "invoices", "payments", "sessions")] == [1, 1, 1, 1]
    assert "customer@example.com" not in out
    code, out, err = await full.portal("customer", "show", f"{BUSINESS}/{CUSTOMER}", "--reveal")
    assert (code, "customer@example.com" in out, "personal data" in err) == (0, True, True)


async def test_an_erased_customer_and_an_unknown_one_are_said_to_be_so(full: World) -> None:
    await full.apply(CustomerErased(business_id=BUSINESS, customer_id=CUSTOMER))
    code, out, _ = await full.portal("customer", "show", f"{BUSINESS}/{CUSTOMER}")
    assert (code, "erased" in out) == (0, True)
    code, out, _ = await full.portal("customer", "show", f"{BUSINESS}/nobody")
    assert (code, "not known: no event" in out) == (1, True)
    assert (await full.portal("customer", "show", "nobody"))[0] == 2
