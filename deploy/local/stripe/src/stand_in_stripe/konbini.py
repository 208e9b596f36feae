"""Paying at a convenience store in Japan: the session completes at once, the money comes later or never.

Source: https://docs.stripe.com/payments/konbini/accept-a-payment.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from stand_in_stripe import payments
from stand_in_stripe.checkout_sessions import KONBINI, cancel, expire_if_due
from stand_in_stripe.errors import DOCUMENTATION, StripeError, refused
from stand_in_stripe.objects import Json
from stand_in_stripe.payer import Payer
from stand_in_stripe.payment_methods import new_method
from stand_in_stripe.sandbox import Context

TOKYO = ZoneInfo("Asia/Tokyo")
USUAL_DAYS = 3
STORES = ("familymart", "lawson", "ministop", "seicomart")
LAPSED = {
    "code": "payment_intent_payment_attempt_expired",
    "doc_url": DOCUMENTATION + "payment-intent-payment-attempt-expired",
    "message": "The konbini voucher has expired before it was paid.",
    "type": "invalid_request_error",
}


def print_voucher(ctx: Context, session: Json, payer: Payer) -> Json:
    """Complete the session with a voucher. On a session that is not open nothing happens."""
    session = expire_if_due(ctx, session)
    if session["status"] != "open":
        return session
    payments.check_offered(session, KONBINI)
    intent, deadline = payments.intent_of(ctx, session), _deadline(ctx.now, session)
    voucher, method = _voucher(ctx.sandbox.origin, intent["id"], deadline), new_method(ctx, payer, KONBINI)
    waits: Json = {"status": "requires_action", "payment_method": method["id"], "last_payment_error": None}
    ctx.write(intent, next_action=voucher, **waits)
    payments.complete(ctx, session, payer, due=deadline)
    return session


def pay_voucher(ctx: Context, session: Json) -> Json:
    """The customer paid at the counter. Raises StripeError when there is no voucher to pay."""
    intent, customer = _waiting(ctx, session), session["customer_details"]
    details: Json = {"type": KONBINI, KONBINI: {"store": {"chain": "lawson"}}}
    payer = Payer(customer["email"], customer["name"])
    payments.take_money(ctx, session, payer, (intent["payment_method"], details))
    ctx.write(session, "checkout.session.async_payment_succeeded", payment_status="paid")
    return session


def lapse_voucher(ctx: Context, session: Json) -> Json:
    """Nobody paid in time. Raises StripeError when no voucher waits."""
    payments.fail(ctx, session, _waiting(ctx, session), LAPSED)
    ctx.emit("checkout.session.async_payment_failed", session)
    return session


def hold_voucher(ctx: Context, session: Json) -> Json:
    """The customer stands at the counter with it: it can't be withdrawn. Raises StripeError without one."""
    intent = _waiting(ctx, session)
    intent["_held"] = True
    ctx.write(intent)
    return session


def cancel_intent(ctx: Context, asked: Json, named: Mapping[str, str]) -> Json:
    """`POST /v1/payment_intents/{intent}/cancel` withdraws a voucher. Raises StripeError if none waits.

    Stripe's pages disagree: that of konbini says that a pending payment can be cancelled unless the customer
    is paying it, and the API reference that a Checkout Session's intent can't be.
    """
    intent = ctx.get("payment_intent", named["intent"], "intent")
    if intent.get("_held") and _is_voucher(intent):
        message = "You cannot cancel this PaymentIntent: the customer is paying it at a convenience store."
        raise refused(message, code="payment_intent_unexpected_state", param="intent")
    if not _is_voucher(intent):
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}, or because"
            " its Checkout Session is open. Expire the Checkout Session instead."
        )
        raise refused(message, code="payment_intent_unexpected_state", param="intent")
    for session in ctx.newest("checkout.session", 1, payment_intent=intent["id"]):
        ctx.write(session)
    return cancel(ctx, intent, asked.get("cancellation_reason"))


def days_of(session: Json) -> int:
    """How long a voucher of this session is good for."""
    return session["payment_method_options"].get(KONBINI, {}).get("expires_after_days", USUAL_DAYS)


def _waiting(ctx: Context, session: Json) -> Json:
    intent = ctx.find("payment_intent", session["payment_intent"])
    if intent is None or not _is_voucher(intent):
        raise StripeError(400, "This session has no konbini voucher that waits to be paid.")
    return intent


def _is_voucher(intent: Json) -> bool:
    return intent["status"] == "requires_action" and "_asked" not in intent


def _deadline(now: int, session: Json) -> int:
    last_day = datetime.fromtimestamp(now, TOKYO).date() + timedelta(days=days_of(session))
    return int(datetime.combine(last_day, time(23, 59, 59), TOKYO).timestamp())


def _voucher(origin: str, intent: str, deadline: int) -> Json:
    phone = f"0{secrets.randbelow(10**9):09}"
    codes = {store: f"{secrets.randbelow(10**6):06}" for store in STORES}
    details = {
        "expires_at": deadline,
        "hosted_voucher_url": f"{origin}/konbini/{intent}",
        "stores": {store: {"confirmation_number": phone, "payment_code": codes[store]} for store in STORES},
    }
    return {"type": "konbini_display_details", "konbini_display_details": details}
