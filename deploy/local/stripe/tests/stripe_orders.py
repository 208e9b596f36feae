"""What the tests buy."""

from typing import cast

from stripe.params.checkout import SessionCreateParams

SPARKLE, HIKARI = "acct_sparkle", "acct_hikari"
SUCCESS_URL = "http://portal.example/billing/sparkle-home/return?session={CHECKOUT_SESSION_ID}"
CANCEL_URL = "http://portal.example/billing/sparkle-home/return"


SETUP: dict[str, object] = {
    "mode": "setup",
    "payment_method_types": ["card"],
    "success_url": SUCCESS_URL,
    "cancel_url": CANCEL_URL,
}
"""A session that keeps a card and takes no money."""


def order(amount: int = 12_550, currency: str = "usd", /, **more: object) -> SessionCreateParams:
    """A session with one line of this amount, in Stripe's smallest unit."""
    line = {
        "quantity": 1,
        "price_data": {
            "currency": currency,
            "unit_amount": amount,
            "product_data": {"name": "Invoice INV-1042", "description": "Spring clean"},
        },
    }
    wanted = {
        "mode": "payment",
        "line_items": [line],
        "success_url": SUCCESS_URL,
        "cancel_url": CANCEL_URL,
        "metadata": {"payment_id": "pay-1"},
        "payment_intent_data": {"metadata": {"payment_id": "pay-1"}},
    }
    return cast("SessionCreateParams", wanted | more)


def yen_order(amount: int = 5_000, /, **more: object) -> SessionCreateParams:
    """The same in yen, for Japan: offers card and konbini."""
    return order(amount, "jpy", **more)
