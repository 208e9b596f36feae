"""Stripe's test cards: https://docs.stripe.com/testing."""

from collections.abc import Mapping
from typing import NamedTuple

from stand_in_stripe.errors import DOCUMENTATION
from stand_in_stripe.objects import FACTS, Json, new_id, plain

Month = tuple[int, int] | None
"""Year and month of an expiry."""
DECLINES: Mapping[str, tuple[str, str]] = FACTS["declines"]
"""Decline code -> code, and Stripe's message to a developer."""


class Card(NamedTuple):
    """A test card and what becomes of a payment with it: a decline code, or money.

    `authentication`: its bank asks the payer, `always` or unless it was kept with such an answer, for
    payments while they are not there (`once`).
    `kept_decline`: the same of a payment with a card that is kept, while the payer is not there.
    """

    number: str
    brand: str = "visa"
    country: str = "US"
    decline: str | None = None
    authentication: str | None = None
    kept_decline: str | None = None


CARDS = tuple(Card(**card) for card in FACTS["cards"])


def card_for(number: str) -> Card:
    """The test card; any other number is a card that is declined."""
    digits = number.replace(" ", "").replace("-", "")
    known = (card for card in CARDS if card.number == digits)
    return next(known, Card(digits, decline="test_mode_live_card"))


def kept_card(number: str, usage: str | None) -> Card:
    """The same while its payer is not there, whom no bank can ask; `usage` is what it was kept for."""
    card = card_for(number)
    asks = card.authentication == "always" or (card.authentication == "once" and usage != "off_session")
    unasked = "authentication_required" if asks else None
    return card._replace(decline=card.kept_decline or unasked)


def charge_details(card: Card, amount: int, month: Month, *, authenticated: bool) -> Json:
    """`payment_method_details` of a charge."""
    more: Json = {"network": card.brand, "overcapture": {"maximum_amount_capturable": amount}}
    if card.decline is None:
        more |= {"amount_authorized": amount, "network_transaction_id": new_id("", 15).strip("_")}
    if authenticated:
        more["three_d_secure"] = {
            "authentication_flow": "challenge",
            "electronic_commerce_indicator": "05",
            "result": "authenticated",
            "transaction_id": new_id("", 36).strip("_"),
            "version": "2.2.0",
        }
    return {"card": _details(card, month) | more, "type": "card"}


def method_details(number: str, month: Month) -> Json:
    """`card` of a PaymentMethod."""
    card = card_for(number)
    usage = {"three_d_secure_usage": {"supported": True}, "regulated_status": "unregulated"}
    return (
        _details(card, month) | usage | {"networks": {"available": [card.brand]}, "display_brand": card.brand}
    )


def card_error(card: Card, method: Json, charge: str | None = None) -> Json:
    """`last_payment_error` of an intent."""
    code, message = DECLINES[card.decline or ""]
    error: Json = {"code": code, "decline_code": card.decline, "message": message}
    error |= {"charge": charge} if charge else {}
    url = DOCUMENTATION + code.replace("_", "-")
    return {**error, "doc_url": url, "payment_method": plain(method), "type": "card_error"}


def _details(card: Card, month: Month) -> Json:
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
