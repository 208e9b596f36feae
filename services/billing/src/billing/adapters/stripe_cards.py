"""Kept cards at Stripe: a vault is a Customer on the business's account, its cards are PaymentMethods.

The Customer is made of ids alone. Checkout writes the email that a payer types onto it; deleting it takes
that and every card with it.
"""

from collections.abc import Sequence
from typing import Any

import stripe

from billing.adapters.stripe_checkout import StripeCheckout, asking_stripe
from billing.domain.kept_cards import CardPage, KeptCard
from billing.errors import AccountUnusable, ProcessorDeclined

_READ_LIMIT = 100


class StripeCards:
    """A `CardVaults`, by the connections of `checkout`."""

    def __init__(self, checkout: StripeCheckout) -> None:
        self._api = checkout.api

    async def open_vault(self, account: str, key: str, *, business_id: str, customer_id: str) -> str:
        params: Any = {"metadata": {"business_id": business_id, "customer_id": customer_id}}
        options: Any = {"stripe_account": account, "idempotency_key": key}
        async with asking_stripe("open vault"):
            return (await self._api.customers.create_async(params, options)).id

    async def has_vault(self, account: str, reference: str) -> bool:
        try:
            async with asking_stripe("has vault"):
                options: Any = {"stripe_account": account}
                customer = await self._api.customers.retrieve_async(reference, None, options)
        except AccountUnusable:
            raise  # what it has cannot be seen now
        except ProcessorDeclined:
            return False
        return not getattr(customer, "deleted", False)

    async def delete_vault(self, account: str, reference: str) -> None:
        try:
            async with asking_stripe("delete vault"):
                await self._api.customers.delete_async(reference, None, {"stripe_account": account})
        except AccountUnusable:
            raise  # it may be there still
        except ProcessorDeclined:
            return  # it is gone already

    async def list_cards(self, account: str, reference: str) -> Sequence[KeptCard]:
        params: Any = {"type": "card", "limit": _READ_LIMIT}
        methods = self._api.customers.payment_methods
        async with asking_stripe("list cards"):
            listed = await methods.list_async(reference, params, {"stripe_account": account})
            return [_kept(method) for method in listed.data]

    async def has_card(self, account: str, reference: str, card_id: str) -> bool:
        options: Any = {"stripe_account": account}
        try:
            async with asking_stripe("has card"):
                method = await self._api.payment_methods.retrieve_async(card_id, None, options)
        except AccountUnusable:
            raise  # what it has cannot be seen now
        except ProcessorDeclined:
            return False
        return method.customer == reference

    async def remove_card(self, account: str, card_id: str) -> None:
        async with asking_stripe("remove card"):
            await self._api.payment_methods.detach_async(card_id, None, {"stripe_account": account})

    async def open_card_page(self, account: str, page: CardPage) -> str:
        params: Any = {
            "mode": "setup",
            "payment_method_types": ["card"],
            "customer": page.vault,
            "success_url": page.back_url,
            "cancel_url": page.back_url,
            "locale": page.locale,
        }
        async with asking_stripe("open card page"):
            session = await self._api.checkout.sessions.create_async(params, {"stripe_account": account})
            return str(session.url)


def _kept(method: stripe.PaymentMethod) -> KeptCard:
    card = method.card
    if card is None:
        raise LookupError("a card without its details")
    return KeptCard(
        card_id=method.id,
        brand=card.brand,
        last4=card.last4,
        exp_year=card.exp_year,
        exp_month=card.exp_month,
        fingerprint=card.fingerprint or method.id,
    )
