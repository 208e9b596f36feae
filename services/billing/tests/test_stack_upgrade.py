"""A database of the revision before the tables of identity, with a checkout open: nothing of it is lost."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

import pytest
from chassis.clock import new_id
from chassis.database.migrations import upgrade
from chassis.settings import Secret
from local_stack.servers.databases import clone_database, database_urls
from local_stack.testing import Servers
from msgspec.structs import replace
from servicehub_events import BrandingRevised, CustomerRevised, as_event, encode_event

from .billing_world import BUSINESS, CONTACT, CUSTOMER, World, invoice
from .portal_browser import Browser, problem, where
from .postings import posting

pytestmark = pytest.mark.stack

FORMER, PRESENT = BUSINESS.slug, "new-name"
STATE = as_event(BrandingRevised, BUSINESS, slug=PRESENT, former_slugs=(FORMER,))
CUSTOMERS, BUSINESSES = "servicehub.customers.v1", "portal.businesses.v1"
OLD_ROWS = {
    "INSERT INTO businesses VALUES ('b-1', 4, :slug, CAST(:state AS jsonb))": {
        "slug": PRESENT,
        "state": encode_event(STATE).decode(),
    },
    "INSERT INTO customers (business_id, customer_id, version, portal_access, payers, erased)"
    " VALUES ('b-1', :customer, 7, true, ARRAY[:contact], false)": {
        "customer": CUSTOMER.customer_id,
        "contact": CONTACT,
    },
    "INSERT INTO positions SELECT 'billing.people', t, 0, 9 FROM unnest(CAST(:topics AS text[])) AS t": {
        "topics": [CUSTOMERS, BUSINESSES]
    },
}
KEPT = ("attempts", "claims", "accounts", "webhooks", "invoices", "events", "outbox")


class Upgrading(World):
    """Billing on a database whose revision is chosen."""

    async def kept(self) -> list[list[tuple[object, ...]]]:
        """All rows that the upgrade has nothing to do with."""
        return [await self.rows(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1") for table in KEPT]

    def upgrade(self) -> None:
        """Bring the database to the newest revision."""
        upgrade("billing", Secret(self.urls.owner))


@pytest.fixture
async def upgrading(servers: Servers) -> AsyncGenerator[Upgrading]:
    """At the revision before identity, with a business that moved and a customer who may pay."""
    await servers.fresh_database("billing")  # makes the roles
    name = f"billing_{new_id().replace('-', '')}"
    await clone_database(servers.superuser_url, "billing", "template0", name)
    urls = database_urls(servers.superuser_url, "billing", servers.secrets, name)
    upgrade("billing", Secret(urls.owner), "0006")
    async with aclosing(Upgrading(servers, urls)) as world:
        async with world.as_owner() as tx:
            for statement, values in OLD_ROWS.items():
                await tx.run(statement, **values)
        await world.apply(invoice("in-1"), invoice("in-2"))
        yield world


async def test_payments_claims_and_webhooks_are_untouched(upgrading: Upgrading) -> None:
    payment = await upgrading.started("in-1")
    await upgrading.posted(posting(payment.payment_id))
    before = await upgrading.kept()
    upgrading.upgrade()
    assert await upgrading.kept() == before
    assert all(before)


async def test_an_open_checkout_goes_on_and_comes_back_by_the_address_it_was_given(
    upgrading: Upgrading,
) -> None:
    payment = await upgrading.started("in-1")
    upgrading.upgrade()
    browser = Browser(upgrading)
    joined = await browser.pay_json("in-1", slug=PRESENT)
    assert (joined.json()["payment_id"], joined.json()["url"]) == (
        payment.payment_id,
        "https://pay.example/cs_1",
    )
    upgrading.processor.pay("cs_1")
    answer = await browser.come_back(payment.payment_id, slug=FORMER)
    assert where(answer) == f"/portal/{PRESENT}/result/{payment.payment_id}"
    assert await upgrading.events() == ["PaymentStarted", "PaymentCaptured"]
    assert (await upgrading.held(), len(upgrading.processor.charges)) == ([], 1)
    await browser.http.aclose()


async def test_a_session_that_had_ended_stays_dead(upgrading: Upgrading) -> None:
    ends = upgrading.clock.now + timedelta(days=1)
    async with upgrading.as_owner() as tx:
        await tx.run("INSERT INTO ended_sessions VALUES ('b-1', 'se-1', 2, :ends)", ends=ends)
    upgrading.upgrade()
    browser = Browser(upgrading)
    assert problem(await browser.pay_json("in-1", slug=PRESENT)) == (401, "not_signed_in")
    browser.sign_in(upgrading.token(session_id="se-2"))
    assert (await browser.pay_json("in-1", slug=PRESENT)).status_code == 201
    await browser.http.aclose()


async def test_customers_are_read_again_and_nothing_that_was_lost_comes_back_on_the_way(
    upgrading: Upgrading,
) -> None:
    upgrading.upgrade()
    assert await upgrading.rows("SELECT consumer, topic FROM positions") == [("billing.people", BUSINESSES)]
    browser = Browser(upgrading)
    looking = replace(CUSTOMER.contacts[0], roles=("invoices",))
    for version, contacts, status in ((6, (), 201), (7, (looking,), 403)):
        await upgrading.apply(as_event(CustomerRevised, CUSTOMER, contacts=contacts), version=version)
        assert (await browser.pay_json("in-1", slug=PRESENT)).status_code == status
    await browser.http.aclose()
