"""Stripe's objects as its API answers them, cut to what Checkout sets; the intent and charge expanded."""

from datetime import UTC, datetime
from typing import Any

CREATED = 1_795_402_800
NOW = datetime.fromtimestamp(CREATED + 600, UTC)
VOUCHER = "https://payments.stripe.com/konbini/voucher/test_1"


def session(**changes: Any) -> dict[str, Any]:
    """An open Checkout Session; no payment intent exists before the payer submits the page."""
    same: dict[str, Any] = {
        "id": "cs_test_a1",
        "object": "checkout.session",
        "amount_total": 5000,
        "client_reference_id": "pa-1",
        "created": CREATED,
        "currency": "jpy",
        "customer_details": {"email": "payer@example.com", "name": "Sample Payer", "address": None},
        "expires_at": CREATED + 3300,
        "livemode": False,
        "metadata": {"business_id": "b-1", "payment_id": "pa-1"},
        "mode": "payment",
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "url": "https://checkout.stripe.com/c/pay/cs_test_a1#fragment",
    }
    return {**same, **changes}


def intent(status: str, **changes: Any) -> dict[str, Any]:
    """A payment intent of Checkout: it lists every method that was offered."""
    same: dict[str, Any] = {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 5000,
        "currency": "jpy",
        "last_payment_error": None,
        "latest_charge": None,
        "next_action": None,
        "payment_method_types": ["card", "konbini"],
        "status": status,
    }
    return {**same, **changes}


def charge(**details: Any) -> dict[str, Any]:
    """A charge that went through, a minute after the page was made."""
    return {
        "id": "ch_1",
        "object": "charge",
        "billing_details": {"email": "payer@example.com", "name": "Sample Payer"},
        "created": CREATED + 60,
        "paid": True,
        "payment_method_details": details,
        "status": "succeeded",
    }


CARD_DETAILS = {"brand": "visa", "last4": "4242", "country": "JP", "wallet": None}
PAID_BY_CARD = session(
    status="complete",
    payment_status="paid",
    url=None,
    payment_intent=intent("succeeded", latest_charge=charge(type="card", card=CARD_DETAILS)),
)
KONBINI_DETAILS: dict[str, Any] = {
    "expires_at": CREATED + 259_200,
    "hosted_voucher_url": VOUCHER,
    "stores": {},
}
WAITING_FOR_KONBINI = session(
    status="complete",
    url=None,
    payment_intent=intent(
        "requires_action",
        next_action={"type": "konbini_display_details", "konbini_display_details": KONBINI_DETAILS},
    ),
)
PAID_BY_KONBINI = session(
    status="complete",
    payment_status="paid",
    url=None,
    payment_intent=intent("succeeded", latest_charge=charge(type="konbini", konbini={"store": None})),
)
DECLINE = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card…"}
KONBINI_RAN_OUT = session(
    status="complete",
    url=None,
    payment_intent=intent(
        "requires_payment_method", last_payment_error={"code": "payment_intent_payment_attempt_expired"}
    ),
)
DECLINED_AND_STILL_OPEN = session(
    payment_intent=intent("requires_payment_method", last_payment_error=DECLINE)
)
EXPIRED = session(status="expired", url=None)


def event(kind: str = "checkout.session.completed", about: Any = None, **changes: Any) -> dict[str, Any]:
    """An event of a connected account."""
    same: dict[str, Any] = {
        "id": "evt_1",
        "object": "event",
        "account": "acct_1",
        "api_version": "2026-10-28.endive",
        "created": CREATED + 61,
        "data": {"object": session() if about is None else about},
        "livemode": False,
        "type": kind,
    }
    return {**same, **changes}
