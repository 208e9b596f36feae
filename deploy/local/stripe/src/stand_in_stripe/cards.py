"""Stripe's test cards: https://docs.stripe.com/testing."""

from collections.abc import Mapping
from typing import NamedTuple

from stand_in_stripe.errors import DOCUMENTATION
from stand_in_stripe.objects import FACTS, Json, new_id

DECLINES: Mapping[str, tuple[str, str]] = FACTS["declines"]
"""Decline code -> code, and Stripe's message to a developer."""


class Card(NamedTuple):
    """A test card and what becomes of a payment with it: a decline code, or money."""

    number: str
    brand: str = "visa"
    country: str = "US"
    decline: str | None = None


CARDS = tuple(Card(**card) for card in FACTS["cards"])


def card_for(number: str) -> Card:
    """The test card; any other number is a card that is declined."""
    digits = number.replace(" ", "").replace("-", "")
    known = (card for card in CARDS if card.number == digits)
    return next(known, Card(digits, decline="test_mode_live_card"))


def charge_details(card: Card, amount: int, month: tuple[int, int] | None) -> Json:
    """`payment_method_details` of a charge."""
    more: Json = {"network": card.brand, "overcapture": {"maximum_amount_capturable": amount}}
    if card.decline is None:
        more |= {"amount_authorized": amount, "network_transaction_id": new_id("", 15).strip("_")}
    return {"card": _details(card, month) | more, "type": "card"}


def card_error(card: Card, charge: Json, month: tuple[int, int] | None) -> Json:
    """`last_payment_error` of a PaymentIntent."""
    code, message = DECLINES[card.decline or ""]
    more = {"display_brand": card.brand, "networks": {"available": [card.brand]}}
    method = {
        "id": charge["payment_method"],
        "billing_details": charge["billing_details"],
        "card": _details(card, month) | more,
        "created": charge["created"],
        "type": "card",
    }
    error: Json = {"charge": charge["id"], "code": code, "decline_code": card.decline, "message": message}
    url = DOCUMENTATION + code.replace("_", "-")
    return {**error, "doc_url": url, "payment_method": method, "type": "card_error"}


def _details(card: Card, month: tuple[int, int] | None) -> Json:
    exp_year, exp_month = month or (None, None)
    last4 = card.number[-4:]
    return {
        "brand": card.brand,
        "checks": {"cvc_check": "fail" if card.decline == "incorrect_cvc" else "pass"},
        "country": card.country,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": f"sandbox{last4}{card.brand}",
        "funding": "credit",
        "last4": last4,
    }
