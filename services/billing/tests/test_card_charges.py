"""Kept cards charged while their owners are away, at Stripe's adapter with the sandbox behind it."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from billing.adapters.stripe_cards import StripeCards
from billing.adapters.stripe_charges import StripeCharges
from billing.domain.card_charge import CardCharge
from billing.domain.kept_cards import CardPage, CardUse
from billing.errors import ProcessorDeclined, ProcessorUnreachable

from .counters import ACCOUNT, CLOSED, NOW, AtTheSandbox, at_the_sandbox, page

BACK = "https://portal.example/portal/sample/settings"
GOOD, ASKS, EMPTY = "4242424242424242", "4000002760003184", "4000000000000341"
ASKS_ONCE = "4000002500003155"


class Counter:
    """A vault with one card, and what is charged to it."""

    def __init__(self, stripe: AtTheSandbox) -> None:
        self.stripe, self.charges = stripe, StripeCharges(stripe.processor)
        self.cards = StripeCards(stripe.processor)

    async def keep(self, number: str) -> CardCharge:
        """A charge of a card with this number."""
        vault = await self.cards.open_vault(ACCOUNT, "vault-1", business_id="b-1", customer_id="cu-1")
        url = await self.cards.open_card_page(ACCOUNT, CardPage(vault=vault, locale="en", back_url=BACK))
        reference = url.partition("?")[0].rpartition("/")[2]
        session = await self.stripe.controls.pay(reference, number)
        if session.status == "open":
            await self.stripe.controls.approve(reference)
        return await self.charge_of(vault)

    async def charge_of(self, vault: str) -> CardCharge:
        """A charge of the one card in this vault."""
        (card,) = await self.cards.list_cards(ACCOUNT, vault)
        return CardCharge(
            business_id="b-1",
            payment_id="pa-1",
            amount=5000,
            currency="JPY",
            vault=vault,
            card_id=card.card_id,
            description="Sample: Invoice 2026-0001",
        )


@pytest.fixture
async def counter() -> AsyncGenerator[Counter]:
    async with at_the_sandbox() as stripe:
        yield Counter(stripe)


async def test_a_card_is_charged_once_under_its_key_and_found_again_by_its_payment(counter: Counter) -> None:
    charge = await counter.keep(GOOD)
    request = counter.charges.build_charge(charge)
    status = await counter.charges.charge_card(ACCOUNT, request, "pa-1-1")
    assert (status.page, status.paid, status.amount, status.currency) == ("complete", True, 5000, "JPY")
    assert status.method
    assert status.method.last4 == "4242"
    assert status.charge_id
    assert status.movements
    again = await counter.charges.charge_card(ACCOUNT, request, "pa-1-1")
    assert again.reference == status.reference
    found = await counter.charges.find_charge(ACCOUNT, charge.vault, "pa-1", NOW)
    assert found == status
    assert await counter.charges.retrieve_charge(ACCOUNT, status.reference) == status
    assert await counter.charges.find_charge(ACCOUNT, charge.vault, "pa-2", NOW) is None
    assert await counter.stripe.processor.find_payment_id(ACCOUNT, status.intent_id or "") == "pa-1"


@pytest.mark.parametrize(
    ("number", "code", "retryable"),
    [(EMPTY, "generic_decline", True), (ASKS, "authentication_required", False)],
)
async def test_a_decline_says_why_and_whether_another_try_may_help(
    counter: Counter, number: str, code: str, retryable: bool
) -> None:
    charge = await counter.keep(number)
    status = await counter.charges.charge_card(ACCOUNT, counter.charges.build_charge(charge), "pa-1-1")
    assert (status.page, status.paid) == ("complete", False)
    assert status.failure
    assert (status.failure.code, status.failure.retryable) == (code, retryable)
    assert await counter.charges.find_charge(ACCOUNT, charge.vault, "pa-1", NOW) == status


async def test_a_card_that_was_kept_with_a_payment_is_charged_though_its_bank_asks_once(
    counter: Counter,
) -> None:
    vault = await counter.cards.open_vault(ACCOUNT, "vault-1", business_id="b-1", customer_id="cu-1")
    request = counter.stripe.processor.build_request(page("pa-0", cards=CardUse(vault, keeps=True)))
    session = await counter.stripe.processor.create_session(ACCOUNT, request, "pa-0-1")
    await counter.stripe.controls.pay(session.reference, ASKS_ONCE)
    await counter.stripe.controls.approve(session.reference)
    charge = await counter.charge_of(vault)
    status = await counter.charges.charge_card(ACCOUNT, counter.charges.build_charge(charge), "pa-1-1")
    assert status.paid


async def test_an_answer_that_is_lost_hides_a_charge_that_is_found(counter: Counter) -> None:
    charge = await counter.keep(GOOD)
    await counter.stripe.controls.fault("payment_intents.create", "commit-then-timeout")
    with pytest.raises(ProcessorUnreachable):
        await counter.charges.charge_card(ACCOUNT, counter.charges.build_charge(charge), "pa-1-1")
    found = await counter.charges.find_charge(ACCOUNT, charge.vault, "pa-1", NOW)
    assert found
    assert found.paid


async def test_a_card_that_is_gone_and_an_account_that_is_closed_charge_nobody(counter: Counter) -> None:
    charge = await counter.keep(GOOD)
    gone = counter.charges.build_charge(replace(charge, card_id="pm_gone"))
    with pytest.raises(ProcessorDeclined):
        await counter.charges.charge_card(ACCOUNT, gone, "pa-1-1")
    with pytest.raises(ProcessorDeclined):
        await counter.charges.charge_card(CLOSED, counter.charges.build_charge(charge), "pa-1-1")
