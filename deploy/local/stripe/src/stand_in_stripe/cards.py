"""Stripe's test cards: https://docs.stripe.com/testing."""

from dataclasses import dataclass

from stand_in_stripe.ids import new_id
from stand_in_stripe.shapes import Json

TEST_EXPIRY = (12, 2034)


@dataclass(frozen=True)
class Decline:
    """Why a card is refused; `message` is Stripe's to a developer."""

    code: str
    decline_code: str | None
    message: str


@dataclass(frozen=True)
class Card:
    """A test card and what becomes of a payment with it."""

    number: str
    brand: str
    country: str = "US"
    decline: Decline | None = None

    @property
    def last4(self) -> str:
        """What may be shown of it."""
        return self.number[-4:]


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
INSUFFICIENT = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
WRONG_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)
CARDS = (
    Card("4242424242424242", "visa"),
    Card("5555555555554444", "mastercard"),
    Card("3566002020360505", "jcb", "JP"),
    Card("4000003920000003", "visa", "JP"),
    Card("4000000000000002", "visa", decline=GENERIC),
    Card("4000000000009995", "visa", decline=INSUFFICIENT),
    Card("4000000000000069", "visa", decline=EXPIRED),
    Card("4000000000000127", "visa", decline=WRONG_CVC),
    Card("4000000000000119", "visa", decline=PROCESSING),
)
BY_NUMBER = {card.number: card for card in CARDS}


def card_for(number: str) -> Card:
    """The test card; any other number is a card that is declined."""
    digits = number.replace(" ", "").replace("-", "")
    return BY_NUMBER.get(digits) or Card(digits, "visa", decline=NOT_A_TEST_CARD)


def charge_details(card: Card, amount: int, expiry: tuple[int, int]) -> Json:
    """`payment_method_details` of a charge."""
    unavailable = {"status": "unavailable"}
    more: Json = {
        "amount_authorized": amount if card.decline is None else None,
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": unavailable,
        "installments": None,
        "mandate": None,
        "multicapture": unavailable,
        "network_token": {"used": False},
        "network_transaction_id": new_id("ntx", 15).removeprefix("ntx_") if card.decline is None else None,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }
    return {"card": _details(card, expiry) | more, "type": "card"}


def payment_method(identifier: str, card: Card, billing: Json, now: int, expiry: tuple[int, int]) -> Json:
    """The `payment_method` object within a PaymentIntent's `last_payment_error`."""
    more: Json = {
        "display_brand": card.brand,
        "generated_from": None,
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return {
        "id": identifier,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing,
        "card": _details(card, expiry) | more,
        "created": now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def _details(card: Card, expiry: tuple[int, int]) -> Json:
    wrong_cvc = card.decline is WRONG_CVC
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "fail" if wrong_cvc else "pass",
        },
        "country": card.country,
        "exp_month": expiry[0],
        "exp_year": expiry[1],
        "fingerprint": f"sandbox{card.last4}{card.brand}",
        "funding": "credit",
        "last4": card.last4,
        "network": card.brand,
        "regulated_status": "unregulated",
    }
