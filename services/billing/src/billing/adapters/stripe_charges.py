"""Kept cards are charged at Stripe by a PaymentIntent that is confirmed at once, its payer being away.

Source: https://docs.stripe.com/payments/save-and-reuse. What it answers is read as a Checkout Session's would
be: the intent, its charge, refunds and disputes mean the same.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import stripe
from servicehub_events import Failure

from billing.adapters.stripe_amounts import to_wire
from billing.adapters.stripe_checkout import StripeCheckout, asking_stripe, plain, up_to
from billing.adapters.stripe_objects import OF_INTENT, Json, payment_id_in
from billing.domain.card_charge import HARD_DECLINES, CardCharge
from billing.domain.payments import CheckoutStatus
from billing.errors import ProcessorDeclined

_OVERLAP = timedelta(minutes=5)
_READ_LIMIT = 1_000
_ENDED = ("succeeded", "processing", "canceled", "requires_payment_method")


class StripeCharges:
    """A `CardCharges`, by the connections of `checkout`."""

    def __init__(self, checkout: StripeCheckout) -> None:
        self._checkout = checkout
        self._intents = checkout.api.payment_intents

    def build_charge(self, charge: CardCharge) -> str:
        try:
            amount = to_wire(charge.amount, charge.currency)
        except ValueError:
            raise ProcessorDeclined(Failure(code="amount_not_payable", retryable=False)) from None
        params = {
            "amount": amount,
            "currency": charge.currency.lower(),
            "customer": charge.vault,
            "payment_method": charge.card_id,
            "payment_method_types": ["card"],
            "confirm": True,
            "off_session": True,
            "description": charge.description,
            "metadata": {"business_id": charge.business_id, "payment_id": charge.payment_id},
            "expand": OF_INTENT,
        }
        return json.dumps(params, ensure_ascii=False)

    async def charge_card(self, account: str, request: str, key: str) -> CheckoutStatus:
        params = json.loads(request)
        options: Any = {"stripe_account": account, "idempotency_key": key}
        async with asking_stripe("charge card"):
            try:
                intent = plain(await self._intents.create_async(params, options))
            except stripe.CardError as error:  # the answer names the intent, which keeps why
                made = error.error and error.error.payment_intent
                if not made:
                    raise
                reference = str(made["id"])
            else:
                return await self._status(intent, account)
        return await self.retrieve_charge(account, reference)

    async def retrieve_charge(self, account: str, reference: str) -> CheckoutStatus:
        async with asking_stripe("retrieve charge"):
            params: Any = {"expand": OF_INTENT}
            intent = await self._intents.retrieve_async(reference, params, {"stripe_account": account})
        return await self._status(plain(intent), account)

    async def find_charge(
        self, account: str, vault: str, payment_id: str, since: datetime
    ) -> CheckoutStatus | None:
        params: Any = {
            "customer": vault,
            "created": {"gte": int((since - _OVERLAP).timestamp())},
            "limit": 100,
            "expand": [f"data.{path}" for path in OF_INTENT],
        }
        async with asking_stripe("find charge"):
            listed = await self._intents.list_async(params, {"stripe_account": account})
            async for intent in up_to(_READ_LIMIT, listed.auto_paging_iter()):
                if payment_id_in(listed_intent := plain(intent)) == payment_id:
                    return await self._status(listed_intent, account)
        return None

    async def _status(self, intent: Json, account: str) -> CheckoutStatus:
        return _judged(await self._checkout.status(_as_session(intent), account), intent)


def _as_session(intent: Json) -> Json:
    """The intent, as the session of a page would carry it that nobody has to visit."""
    return {
        "id": intent["id"],
        "payment_intent": intent,
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
        "status": "complete" if intent["status"] in _ENDED else "open",
        "amount_total": intent["amount"],
        "currency": intent["currency"],
        "livemode": intent["livemode"],
    }


def _judged(status: CheckoutStatus, intent: Json) -> CheckoutStatus:
    """With the bank's own word for a decline, and whether another try may help."""
    error: Json = intent.get("last_payment_error") or {}
    if status.failure is None or intent["status"] == "canceled":
        return status
    code = str(error.get("decline_code") or status.failure.code)
    return replace(status, failure=Failure(code=code, retryable=code not in HARD_DECLINES))
