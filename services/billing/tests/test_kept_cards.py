"""Kept cards, asked of each that keeps them: in memory, and Stripe's adapter with the sandbox behind it."""

from collections.abc import AsyncGenerator

import pytest
from billing.adapters.stripe_cards import StripeCards
from billing.domain.kept_cards import CardPage, CardUse, copies_of, distinct
from billing.errors import AccountUnusable, ProcessorDeclined
from billing.ports import CardVaults
from portal_testing.stack.stripe_sandbox import Refused

from .counters import ACCOUNT, OTHER, AtTheSandbox, at_the_sandbox, page
from .fake_vaults import FakeVaults, kept_card

BACK = "https://portal.example/portal/sample/settings"


@pytest.fixture
async def stripe() -> AsyncGenerator[AtTheSandbox]:
    async with at_the_sandbox() as stripe:
        yield stripe


@pytest.fixture(params=["in memory", "Stripe's adapter"])
async def card_vaults(request: pytest.FixtureRequest) -> AsyncGenerator[CardVaults]:
    if request.param == "in memory":
        yield FakeVaults()
        return
    async with at_the_sandbox() as stripe:
        yield StripeCards(stripe.processor)


async def opened(card_vaults: CardVaults, key: str = "vault-1", account: str = ACCOUNT) -> str:
    return await card_vaults.open_vault(account, key, business_id="b-1", customer_id="cu-1")


async def kept(stripe: AtTheSandbox, vault: str, card: str = "4242424242424242") -> str:
    """A card of this number, kept by the processor's own page; its id."""
    cards = StripeCards(stripe.processor)
    url = await cards.open_card_page(ACCOUNT, CardPage(vault=vault, locale="en", back_url=BACK))
    await stripe.controls.pay(url.rpartition("/")[2], card)
    return (await cards.list_cards(ACCOUNT, vault))[0].card_id


async def test_the_same_key_gets_the_same_vault_and_another_another(card_vaults: CardVaults) -> None:
    first, again, other = [await opened(card_vaults, key) for key in ("vault-1", "vault-1", "vault-2")]
    assert first == again != other
    assert await card_vaults.list_cards(ACCOUNT, first) == []


async def test_a_vault_that_is_deleted_or_of_another_account_is_not_there(card_vaults: CardVaults) -> None:
    vault = await opened(card_vaults)
    assert await card_vaults.has_vault(ACCOUNT, vault)
    for account in (OTHER, ACCOUNT):
        if account == ACCOUNT:
            await card_vaults.delete_vault(ACCOUNT, vault)
        with pytest.raises(ProcessorDeclined) as refused:
            await card_vaults.open_card_page(account, CardPage(vault=vault, locale="en", back_url=BACK))
        assert refused.value.failure.code == "resource_missing"
        assert not await card_vaults.has_vault(account, vault)
    with pytest.raises(ProcessorDeclined):
        await card_vaults.list_cards(OTHER, vault)
    await card_vaults.delete_vault(ACCOUNT, vault)  # again, and nothing happens


async def test_a_vault_holds_no_name_and_no_address(stripe: AtTheSandbox) -> None:
    vault = await opened(StripeCards(stripe.processor))
    customer = await stripe.processor.api.customers.retrieve_async(vault, None, {"stripe_account": ACCOUNT})
    assert customer.metadata is not None
    assert customer.metadata.to_dict() == {"business_id": "b-1", "customer_id": "cu-1"}
    told = (customer.email, customer.name, customer.phone, customer.description, customer.address)
    assert told == (None,) * 5


async def test_a_card_is_kept_without_a_payment_and_gone_once_it_is_removed(stripe: AtTheSandbox) -> None:
    cards = StripeCards(stripe.processor)
    vault = await opened(cards)
    card_id = await kept(stripe, vault)
    (card,) = await cards.list_cards(ACCOUNT, vault)
    assert (card.card_id, card.brand, card.last4) == (card_id, "visa", "4242")
    assert (card.exp_year, card.exp_month) == (2034, 12)
    assert await cards.has_card(ACCOUNT, vault, card_id)
    assert not await cards.has_card(ACCOUNT, await opened(cards, "vault-2"), card_id)
    assert not await cards.has_card(OTHER, vault, card_id)
    assert not await cards.has_card(ACCOUNT, vault, "pm_absent")
    await cards.remove_card(ACCOUNT, card_id)
    assert await cards.list_cards(ACCOUNT, vault) == []
    assert not await cards.has_card(ACCOUNT, vault, card_id)


@pytest.mark.parametrize("keeps", [True, False])
async def test_a_payment_keeps_its_card_only_where_the_payer_asked_for_it(
    stripe: AtTheSandbox, keeps: bool
) -> None:
    cards = StripeCards(stripe.processor)
    vault = await opened(cards)
    request = stripe.processor.build_request(page(cards=CardUse(vault, keeps)))
    session = await stripe.processor.create_session(ACCOUNT, request, "pa-1-1")
    await stripe.pay(session.reference)
    assert [card.last4 for card in await cards.list_cards(ACCOUNT, vault)] == (["4242"] if keeps else [])


async def test_a_page_offers_the_cards_of_its_vault_however_they_were_kept_and_no_others(
    stripe: AtTheSandbox,
) -> None:
    cards, processor = StripeCards(stripe.processor), stripe.processor
    mine, theirs = await opened(cards), await opened(cards, "vault-2")
    card_id = await kept(stripe, mine)
    for number, use in enumerate((CardUse(theirs), CardUse()), start=1):
        request = processor.build_request(page(f"pa-{number}", cards=use))
        session = await processor.create_session(ACCOUNT, request, f"pa-{number}-1")
        with pytest.raises(Refused, match="does not offer that card"):
            await stripe.controls.pay(session.reference, kept=card_id)
    request = processor.build_request(page("pa-3", cards=CardUse(mine)))
    session = await processor.create_session(ACCOUNT, request, "pa-3-1")
    await stripe.controls.pay(session.reference, kept=card_id)
    paid = await processor.retrieve_session(ACCOUNT, session.reference)
    assert paid.paid
    assert paid.method is not None
    assert paid.method.last4 == "4242"


async def test_a_voucher_is_still_offered_where_the_card_would_be_kept(stripe: AtTheSandbox) -> None:
    vault = await opened(StripeCards(stripe.processor))
    request = stripe.processor.build_request(page(cards=CardUse(vault, keeps=True)))
    session = await stripe.processor.create_session(ACCOUNT, request, "pa-1-1")
    await stripe.take_voucher(session.reference)
    seen = await stripe.processor.retrieve_session(ACCOUNT, session.reference)
    assert seen.method is not None
    assert seen.method.type == "konbini"


async def test_an_account_that_is_cut_off_may_have_the_vault_still(stripe: AtTheSandbox) -> None:
    cards = StripeCards(stripe.processor)
    vault = await opened(cards)
    await stripe.disconnect()
    with pytest.raises(AccountUnusable):
        await cards.delete_vault(ACCOUNT, vault)


TWICE = [kept_card("pm_3", "4444"), kept_card("pm_2"), kept_card("pm_1")]


def test_a_card_that_was_kept_twice_is_one_to_its_owner_and_goes_whole() -> None:
    assert [card.card_id for card in distinct(TWICE)] == ["pm_3", "pm_2"]
    assert copies_of("pm_2", TWICE) == ["pm_2", "pm_1"]
    assert copies_of("pm_3", TWICE) == ["pm_3"]
    assert copies_of("pm_9", TWICE) == []
