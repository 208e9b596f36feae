"""Keeping a card at a payment, adding one without, and what happens when the processor knows better."""

import pytest
from billing.domain.kept_cards import CardUse
from servicehub_events import Business, PortalEnabled, as_event

from .billing_world import BUSINESS, invoice
from .fake_vaults import kept_card
from .portal_browser import SLUG, Browser, Flash, problem, where
from .test_stack_kept_cards import cards_of, listed, used

pytestmark = pytest.mark.stack
KEEPS_NONE: Business = as_event(PortalEnabled, BUSINESS, saved_cards=False)


async def test_a_card_is_kept_where_the_payer_ticked_it_and_offered_at_the_next_payment(
    browser: Browser,
) -> None:
    world = browser.world
    await world.know(invoice("in-1"), invoice("in-2"))
    await browser.pay("in-1")
    assert world.vaults.made == {}
    await browser.pay("in-1", keep="1")
    await browser.pay("in-2")
    assert used(world) == [CardUse(), CardUse("cus_1", keeps=True), CardUse("cus_1")]
    assert world.processor.payable() == ["cs_2", "cs_3"]


async def test_json_says_it_with_a_boolean(browser: Browser) -> None:
    await browser.world.know(invoice("in-1"))
    assert (await browser.pay_json("in-1", keep=True)).status_code == 201
    assert used(browser.world) == [CardUse("cus_1", keeps=True)]
    assert problem(await browser.pay_json("in-1", keep="yes")) == (422, "pay_invalid")


async def test_where_the_business_does_not_allow_it_no_card_is_kept_offered_or_added(
    browser: Browser,
) -> None:
    world = browser.world
    await browser.add_card()
    world.vaults.kept["acct_1", "cus_1"].append(kept_card("pm_1"))
    await world.apply(KEEPS_NONE, version=5)
    await world.apply(invoice("in-1"))
    await browser.pay("in-1", keep="1")
    assert used(world) == [CardUse()]
    await browser.add_card()
    assert browser.flash() == Flash("cards_not_kept", {})
    assert await cards_of(browser) == ["pm_1"]  # whose owner can still remove it
    await browser.remove_card("pm_1")
    assert world.vaults.cards() == []


async def test_a_card_is_added_on_the_processors_page_and_leads_back_to_settings(browser: Browser) -> None:
    assert where(await browser.add_card("ja")) == "https://keep.example/1"
    (page,) = browser.world.vaults.pages
    assert (page.vault, page.locale) == ("cus_1", "ja")
    assert page.back_url.endswith(f"/portal/{SLUG}/settings")
    assert (await browser.http.post(f"/billing/{SLUG}/cards", json={})).json() == {
        "url": "https://keep.example/2"
    }


async def test_a_card_that_was_kept_twice_is_listed_once_and_removed_whole(browser: Browser) -> None:
    await browser.add_card()
    browser.world.vaults.kept["acct_1", "cus_1"] += [kept_card("pm_2"), kept_card("pm_1")]
    (card,) = (await listed(browser)).json()["cards"]
    assert card == {"id": "pm_2", "brand": "visa", "last4": "4242", "exp_year": 2034, "exp_month": 12}
    await browser.remove_card("pm_2")
    assert browser.world.vaults.cards() == []
    await browser.remove_card("pm_2")
    assert browser.flash() == Flash("card_unknown", {})


async def test_a_vault_that_the_processor_forgot_stops_no_payment_and_is_made_anew(
    browser: Browser,
) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    await browser.add_card()
    world.vaults.kept.clear()
    world.processor.unknown_vaults.add("cus_1")
    assert where(await browser.pay("in-1")).startswith("https://pay.example")
    assert used(world) == [CardUse("cus_1"), CardUse()]
    assert where(await browser.add_card()) == "https://keep.example/2"
    assert [page.vault for page in world.vaults.pages] == ["cus_1", "cus_2"]


async def test_a_forgotten_vault_is_an_empty_one_in_settings(browser: Browser) -> None:
    await browser.add_card()
    browser.world.vaults.kept.clear()
    assert await cards_of(browser) == []
    assert where(await browser.add_card()) == "https://keep.example/2"


async def test_while_the_processor_is_away_nothing_is_said_to_be_kept_or_removed(browser: Browser) -> None:
    world = browser.world
    await browser.add_card()
    world.vaults.kept["acct_1", "cus_1"].append(kept_card("pm_1"))
    world.vaults.away = True
    assert problem(await listed(browser)) == (503, "cards_unavailable")
    await browser.remove_card("pm_1")
    assert browser.flash() == Flash("cards_unavailable", {})
    await browser.add_card()
    assert browser.flash() == Flash("cards_unavailable", {})


async def test_an_answer_that_is_stored_as_an_error_is_not_asked_for_again(browser: Browser) -> None:
    world = browser.world
    world.vaults.stored = True
    await browser.add_card()
    assert browser.flash() == Flash("cards_unavailable", {})
    world.vaults.stored = False
    assert where(await browser.add_card()) == "https://keep.example/1"
    ((_, key),) = world.vaults.made
    assert key.startswith("vault-")


async def test_a_payment_begins_also_where_no_card_can_be_kept(browser: Browser) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    world.vaults.cut_off.add("acct_1")
    assert where(await browser.pay("in-1", keep="1")).startswith("https://pay.example")
    assert used(world) == [CardUse()]
