"""Whose a calendar feed is, judged from the rows of now alone: whatever was not deleted yet opens nothing."""

from collections import defaultdict

import pytest
from msgspec import structs
from opened_pages import stored
from portal_read.http.calendar_feed import feed_viewer
from portal_read.read_model import StoredRow
from servicehub_events import Business, Contact, Customer
from servicehub_events_tools.testing import samples

CUSTOMER, BUSINESS = samples.customer(), samples.business()
(CONTACT,) = CUSTOMER.contacts
GENERATION = BUSINESS.generation


def rows_of(business: Business, customer: Customer, **changes: object) -> defaultdict[str, list[StoredRow]]:
    feed = StoredRow(CONTACT.contact_id, GENERATION, None)
    rows = {
        "business": [stored(business.business_id, business)],
        "customer": [stored(customer.customer_id, customer, **changes)],
        "feed": [feed],
    }
    return defaultdict(list, rows)


def opens(business: Business, **changes: object) -> bool:
    return feed_viewer(BUSINESS.business_id, rows_of(business, CUSTOMER, **changes)) is not None


def contact(**changes: object) -> dict[str, object]:
    return {"contact_id": CONTACT.contact_id, "name": "N", "email": "n@mail.example", **changes}


def test_a_feed_opens_to_the_visits_of_its_contact() -> None:
    viewer = feed_viewer(BUSINESS.business_id, rows_of(BUSINESS, CUSTOMER))
    assert viewer
    assert isinstance(viewer.contact, Contact)
    assert viewer.contact.contact_id == CONTACT.contact_id


@pytest.mark.parametrize(
    "changes",
    [
        {"portal_access": False},
        {"contacts": []},
        {"contacts": [contact(contact_id="co-other")]},
        {"contacts": [contact(roles=["invoices"])]},
        {"contacts": [contact(roles=["pay"])]},
    ],
)
def test_a_feed_opens_nothing_to_who_may_not_see_visits(changes: dict[str, object]) -> None:
    assert opens(BUSINESS, contacts=[contact(roles=["visits"])])
    assert not opens(BUSINESS, **changes)


def test_a_feed_opens_nothing_while_its_portal_is_off_or_once_it_was() -> None:
    assert not opens(structs.replace(BUSINESS, enabled=False))
    assert not opens(structs.replace(BUSINESS, generation=GENERATION + 1))


@pytest.mark.parametrize("part", ["feed", "customer"])
def test_without_a_feed_or_its_customer_nothing_opens(part: str) -> None:
    rows = rows_of(BUSINESS, CUSTOMER)
    del rows[part]
    assert feed_viewer(BUSINESS.business_id, rows) is None


def test_an_erased_customer_has_no_feed() -> None:
    rows = rows_of(BUSINESS, CUSTOMER)
    rows["customer"] = [StoredRow(CUSTOMER.customer_id, 2**63 - 1, None)]
    assert feed_viewer(BUSINESS.business_id, rows) is None
