"""Whose cards they are: nobody else sees, uses or removes them, at this business or another."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from billing.domain.kept_cards import CardUse
from chassis.web import service_token
from httpx import Response
from servicehub_events import (
    Business,
    Contact,
    CustomerErased,
    CustomerRevised,
    PortalEnabled,
    SessionRevoked,
    as_event,
)
from servicehub_events_tools.testing import samples

from .billing_world import BUSINESS, CONTACT, CUSTOMER, World, invoice
from .fake_vaults import kept_card
from .portal_browser import SLUG, Browser, Flash, problem, where

pytestmark = pytest.mark.stack
OTHER_BUSINESS: Business = as_event(
    PortalEnabled, BUSINESS, business_id="b-2", slug="other", former_slugs=(), domain=None, domain_check=None
)
SPOUSE = Contact(contact_id="co-spouse", name="Sample")
ERASED = CustomerErased(business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id)


@pytest.fixture
async def spouse(browser: Browser) -> AsyncGenerator[Browser]:
    """Another contact of the same customer, signed in elsewhere; the first has a card."""
    world = browser.world
    await world.apply(as_event(CustomerRevised, CUSTOMER, contacts=(*CUSTOMER.contacts, SPOUSE)))
    await browser.add_card()
    world.vaults.kept["acct_1", "cus_1"].append(kept_card("pm_1"))
    spouse = Browser(world, signed_in=False)
    spouse.sign_in(world.token(contact_id=SPOUSE.contact_id, session_id="se-spouse"))
    yield spouse
    await spouse.http.aclose()


async def listed(
    browser: Browser,
    contact_id: str = CONTACT,
    customer_id: str = CUSTOMER.customer_id,
    business_id: str = BUSINESS.business_id,
) -> Response:
    """What portal-read is answered about a contact's cards."""
    keys, now = browser.world.settings.billing_keys, browser.world.clock.now
    token = service_token.authorization(keys, caller="portal-read", audience="billing", now=now)
    body = {"business_id": business_id, "customer_id": customer_id, "contact_id": contact_id}
    return await browser.http.post("/internal/cards", json=body, headers={"Authorization": token})


async def cards_of(browser: Browser, **ids: str) -> list[str]:
    return [card["id"] for card in (await listed(browser, **ids)).json()["cards"]]


def used(world: World) -> list[CardUse]:
    """What each page that was built does with kept cards."""
    return [page.cards for page in world.processor.built]


async def test_a_card_is_its_contacts_alone_to_see_and_to_remove(browser: Browser, spouse: Browser) -> None:
    assert await cards_of(browser) == ["pm_1"]
    assert await cards_of(browser, contact_id=SPOUSE.contact_id) == []
    assert await cards_of(browser, customer_id="cu-2") == []
    await spouse.add_card()
    await spouse.remove_card("pm_1")
    assert spouse.flash() == Flash("card_unknown", {})
    assert browser.world.vaults.cards() == ["pm_1"]


async def test_a_page_offers_the_cards_of_who_pays_and_is_joined_by_nobody_else(
    browser: Browser, spouse: Browser
) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    await world.apply(as_event(CustomerRevised, CUSTOMER, contacts=(*CUSTOMER.contacts, SPOUSE)), version=9)
    first = where(await browser.pay("in-1"))
    assert where(await browser.pay("in-1")) == first
    assert where(await spouse.pay("in-1")) != first
    assert used(world) == [CardUse("cus_1"), CardUse()]
    assert world.processor.payable() == ["cs_2"]
    assert where(await browser.pay("in-1")) not in (first, "")
    assert used(world)[-1] == CardUse("cus_1")
    assert world.processor.payable() == ["cs_3"]


async def test_another_business_knows_none_of_the_cards(browser: Browser, spouse: Browser) -> None:
    world = browser.world
    theirs = as_event(CustomerRevised, CUSTOMER, business_id="b-2")
    await world.apply(OTHER_BUSINESS, theirs)
    assert await cards_of(browser, business_id="b-2") == []
    other = Browser(world, signed_in=False)
    other.sign_in(world.token(business_id="b-2"))
    answer = await other.http.post("/billing/other/cards/pm_1/remove", json={})
    assert problem(answer) == (404, "card_unknown")
    assert world.vaults.cards() == ["pm_1"]


async def test_on_another_account_nobody_has_a_card_until_the_business_comes_back(
    browser: Browser, spouse: Browser
) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    moved = as_event(PortalEnabled, BUSINESS, stripe_account="acct_2")
    await world.apply(moved, version=5)
    assert await cards_of(browser) == []
    assert problem(await browser.http.post(f"/billing/{SLUG}/cards/pm_1/remove", json={}))[0] == 404
    await world.pay("in-1", business=moved)
    assert used(world) == [CardUse()]
    await world.apply(BUSINESS, version=6)
    assert await cards_of(browser) == ["pm_1"]


async def test_cards_on_an_account_that_was_left_for_a_month_are_erased(
    browser: Browser, spouse: Browser
) -> None:
    world = browser.world
    await world.apply(as_event(PortalEnabled, BUSINESS, stripe_account=None), version=5)
    await world.keep_up(days=29)
    assert world.vaults.cards() == ["pm_1"]
    await world.keep_up(days=2)
    assert world.vaults.kept == {}


async def test_an_erased_customers_cards_are_deleted_at_the_processor(
    browser: Browser, spouse: Browser
) -> None:
    world = browser.world
    world.vaults.away = True
    await world.apply(ERASED)
    await world.work()
    assert await world.rows("SELECT 1 FROM vaults WHERE erase_at IS NOT NULL") == [(1,)]
    assert await cards_of(browser) == []
    world.vaults.away = False
    await world.work(minutes=11)
    assert world.vaults.kept == {}
    assert await world.rows("SELECT * FROM vaults") == []


async def test_a_contact_who_left_leaves_no_card(browser: Browser, spouse: Browser) -> None:
    world = browser.world
    await spouse.add_card()
    world.vaults.kept["acct_1", "cus_2"].append(kept_card("pm_spouse"))
    await world.apply(as_event(CustomerRevised, CUSTOMER, contacts=(SPOUSE,)), version=9)
    await world.work()
    assert world.vaults.cards() == ["pm_spouse"]


async def test_a_vault_whose_making_was_lost_is_found_and_erased_too(browser: Browser) -> None:
    world = browser.world
    world.vaults.lost = 1
    await browser.add_card()
    assert browser.flash() == Flash("cards_unavailable", {})
    await world.apply(ERASED)
    await world.work()
    assert world.vaults.kept == {}
    assert len(world.vaults.made) == 1


async def test_a_vault_is_made_once_however_many_tabs_ask(browser: Browser) -> None:
    answers = await asyncio.gather(*(browser.add_card() for _ in range(5)))
    assert all(where(answer).startswith("https://keep.example") for answer in answers)
    assert len(browser.world.vaults.made) == 1
    assert browser.world.vaults.owners == {"cus_1": (BUSINESS.business_id, CUSTOMER.customer_id)}


async def test_who_is_not_signed_in_or_signed_out_sees_and_changes_no_card(
    browser: Browser, spouse: Browser
) -> None:
    world = browser.world
    ended = as_event(SessionRevoked, samples.session(), revoked_at=world.clock.now, reason="signed_out")
    await world.apply(ended)
    for path in ("cards", "cards/pm_1/remove"):
        answer = await browser.http.post(f"/billing/{SLUG}/{path}", json={})
        assert problem(answer) == (401, "not_signed_in")
    assert world.vaults.cards() == ["pm_1"]


async def test_who_may_not_pay_keeps_no_new_card_and_removes_their_old_ones(
    browser: Browser, spouse: Browser
) -> None:
    world = browser.world
    looking = Contact(contact_id=CONTACT, name="Sample", roles=("visits",))
    await world.apply(as_event(CustomerRevised, CUSTOMER, contacts=(looking,)), version=9)
    assert problem(await browser.http.post(f"/billing/{SLUG}/cards", json={})) == (403, "pay_not_allowed")
    assert where(await browser.remove_card("pm_1")) == f"/portal/{SLUG}/settings"
    assert browser.flash() == Flash("card_removed", {})
    assert world.vaults.cards() == []


async def test_a_card_from_another_site_is_neither_added_nor_removed(
    browser: Browser, spouse: Browser
) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for path in ("cards", "cards/pm_1/remove"):
        answer = await browser.http.post(f"/billing/{SLUG}/{path}", data={}, headers=foreign)
        assert problem(answer) == (403, "cross_site")
    assert browser.world.vaults.cards() == ["pm_1"]
