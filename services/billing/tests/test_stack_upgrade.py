"""A database of the revision before the tables of identity, with a checkout open: nothing of it is lost."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from chassis.database.migrations import upgrade
from chassis.settings import Secret
from msgspec.structs import replace
from portal_testing.stack import Servers
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
SINCE_RENAMED = {
    "attempts": ("checkout_sessions", {"next_check_at": "look_at", "checks": "looks"}),
    "accounts": ("accounts", {"events_listed_until": "heard_until", "next_check_at": "ask_at"}),
    "webhooks": ("webhooks", {"next_try_at": "look_at", "tries": "looks", "found_by": "heard_by"}),
}
KEPT = (*SINCE_RENAMED, "claims", "invoices", "events")
"""Tables that the upgrade leaves as they are, by their old names."""


_COPY = "INSERT INTO {0} SELECT * FROM jsonb_populate_recordset(CAST(NULL AS {0}), CAST(:rows AS jsonb))"
_ADD_ENDED_SESSION = "INSERT INTO ended_sessions VALUES ('b-1', 'se-1', 2, :ends)"


STAMPED = "known_since"
"""An invoice that an upgrade finds is known since the upgrade."""


class Upgrading(World):
    """Billing on a database that is taken back to the revision before identity, and upgraded."""

    async def kept(self) -> dict[str, list[dict[str, object]]]:
        """All rows that the upgrade has nothing to do with, as the revision before called them."""
        kept: dict[str, list[dict[str, object]]] = {}
        for table in KEPT:
            name, columns = SINCE_RENAMED.get(table, (table, {}))
            rows = await self.rows(f"SELECT to_jsonb(t)::text FROM {name} t ORDER BY 1")
            decoded = [msgspec.json.decode(str(row), type=dict[str, object]) for (row,) in rows]
            kept[table] = [
                {columns.get(name, name): row[name] for name in row if name != STAMPED} for row in decoded
            ]
        return kept

    @asynccontextmanager
    async def upgraded(self, **ended_session: object) -> AsyncGenerator["Upgrading"]:
        """The same rows in a database that was upgraded from the revision before identity."""
        urls = await self.servers.empty_database("billing")
        upgrade("billing", Secret(urls.owner), "0006")
        async with aclosing(Upgrading(self.servers, urls, self.processor)) as other:
            async with other.as_owner() as tx:
                for statement, values in OLD_ROWS.items():
                    await tx.run(statement, **values)
                for table, rows in (await self.kept()).items():
                    await tx.run(_COPY.format(table), rows=msgspec.json.encode(rows).decode())
                if ended_session:
                    await tx.run(_ADD_ENDED_SESSION, **ended_session)
            upgrade("billing", Secret(urls.owner))
            await other.begin()
            yield other


@pytest.fixture
async def upgrading(servers: Servers) -> AsyncGenerator[Upgrading]:
    """A business that moved and a customer who may pay."""
    async with Upgrading.fresh(servers) as world:
        await world.know(invoice("in-1"), invoice("in-2"), business=STATE)
        yield world


async def test_payments_claims_and_webhooks_are_untouched(upgrading: Upgrading) -> None:
    payment = await upgrading.started("in-1")
    await upgrading.posted(posting(payment.payment_id))
    before = await upgrading.kept()
    async with upgrading.upgraded() as world:
        assert await world.kept() == before
    assert all(before.values())


async def test_an_open_checkout_goes_on_and_comes_back_by_the_address_it_was_given(
    upgrading: Upgrading,
) -> None:
    payment = await upgrading.started("in-1")
    async with upgrading.upgraded() as world:
        browser = Browser(world)
        joined = await browser.pay_json("in-1", slug=PRESENT)
        assert (joined.json()["payment_id"], joined.json()["url"]) == (
            payment.payment_id,
            "https://pay.example/cs_1",
        )
        world.processor.pay("cs_1")
        answer = await browser.come_back(payment.payment_id, slug=FORMER)
        assert where(answer) == f"/portal/{PRESENT}/result/{payment.payment_id}"
        assert await world.events() == ["PaymentStarted", "PaymentCaptured"]
        assert (await world.held(), len(world.processor.charges)) == ([], 1)
        await browser.http.aclose()


async def test_a_session_that_had_ended_stays_dead(upgrading: Upgrading) -> None:
    async with upgrading.upgraded(ends=upgrading.clock.now + timedelta(days=1)) as world:
        browser = Browser(world)
        assert problem(await browser.pay_json("in-1", slug=PRESENT)) == (401, "not_signed_in")
        browser.sign_in(world.token(session_id="se-2"))
        assert (await browser.pay_json("in-1", slug=PRESENT)).status_code == 201
        await browser.http.aclose()


async def test_customers_are_read_again_and_nothing_that_was_lost_comes_back_on_the_way(
    upgrading: Upgrading,
) -> None:
    async with upgrading.upgraded() as world:
        assert await world.rows("SELECT consumer, topic FROM positions") == [("billing.people", BUSINESSES)]
        browser = Browser(world)
        looking = replace(CUSTOMER.contacts[0], roles=("invoices",))
        for version, contacts, status in ((6, (), 201), (7, (looking,), 403)):
            await world.apply(as_event(CustomerRevised, CUSTOMER, contacts=contacts), version=version)
            assert (await browser.pay_json("in-1", slug=PRESENT)).status_code == status
        await browser.http.aclose()
