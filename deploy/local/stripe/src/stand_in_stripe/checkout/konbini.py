"""Paying at a convenience store in Japan: the session completes at once, the money comes later or never.

Source: https://docs.stripe.com/payments/konbini/accept-a-payment.
"""

import secrets
from datetime import datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from stand_in_stripe.books import Selection
from stand_in_stripe.checkout.charges import charge_for
from stand_in_stripe.checkout.expire import cancel, expire_if_due
from stand_in_stripe.checkout.intents import intent_of
from stand_in_stripe.checkout.methods import KONBINI
from stand_in_stripe.checkout.pay import Attempt, check_offered, fail, settle
from stand_in_stripe.checkout.payer import Payer
from stand_in_stripe.errors import StripeError
from stand_in_stripe.ids import new_id
from stand_in_stripe.sandbox import NOT_ASKED, Sandbox
from stand_in_stripe.shapes import Json, PaymentIntent, Session
from stand_in_stripe.shapes.event import EventRequest

TOKYO = ZoneInfo("Asia/Tokyo")
USUAL_DAYS = 3
STORES = ("familymart", "lawson", "ministop", "seicomart")


def print_voucher(sandbox: Sandbox, owner: str, session: Session, payer: Payer) -> Attempt:
    """Complete the session with a voucher. On a session that is not open nothing happens."""
    with sandbox.books.transaction():
        session = expire_if_due(sandbox, owner, session)
        if session.status != "open":
            return Attempt(session)
        check_offered(session, KONBINI)
        intent = intent_of(sandbox, owner, session)
        deadline = _deadline(sandbox.now(), session)
        intent.status, intent.payment_method = "requires_action", new_id("pm")
        intent.next_action = _voucher(sandbox.origin, intent, deadline)
        intent.last_payment_error = None
        session.status, session.payment_status, session.url = "complete", "unpaid", None
        session.customer_details = payer.customer()
        sandbox.books.put(owner, intent)
        sandbox.books.put(owner, session, due=deadline)
        sandbox.emit(owner, "checkout.session.completed", session, NOT_ASKED)
        return Attempt(session)


def pay_voucher(sandbox: Sandbox, owner: str, session: Session) -> Session:
    """The customer paid at the counter. Raises StripeError when there is no voucher to pay."""
    with sandbox.books.transaction():
        intent = _waiting(sandbox, owner, session)
        store: Json = {"type": "konbini", "konbini": {"store": {"chain": "lawson"}}}
        details = session.customer_details or {}
        billing = Payer(email=str(details.get("email")), name=str(details.get("name"))).billing()
        charge = charge_for(sandbox, intent, billing, (str(intent.payment_method), store))
        settle(sandbox, owner, intent, charge)
        session.payment_status = "paid"
        sandbox.books.put(owner, session)
        sandbox.emit(owner, "checkout.session.async_payment_succeeded", session, NOT_ASKED)
    return session


def lapse_voucher(sandbox: Sandbox, owner: str, session: Session) -> Session:
    """Nobody paid in time. Raises StripeError when no voucher waits."""
    with sandbox.books.transaction():
        intent = _waiting(sandbox, owner, session)
        problem: Json = {
            "code": "payment_intent_payment_attempt_expired",
            "doc_url": "https://stripe.com/docs/error-codes/payment-intent-payment-attempt-expired",
            "message": "The konbini voucher has expired before it was paid.",
            "type": "invalid_request_error",
        }
        fail(sandbox, owner, session, intent, problem)
        sandbox.emit(owner, "checkout.session.async_payment_failed", session, NOT_ASKED)
    return session


def withdraw_voucher(
    sandbox: Sandbox, owner: str, intent: PaymentIntent, reason: str | None, cause: EventRequest
) -> PaymentIntent:
    """The business cancels the PaymentIntent. Raises StripeError unless it waits for its voucher."""
    if intent.status != "requires_action":
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent.status}, or because"
            " its Checkout Session is open. Expire the Checkout Session instead."
        )
        code = "payment_intent_unexpected_state"
        raise StripeError(400, message, code=code, param="intent", remembered=True)
    for session in _sessions_of(sandbox, owner, intent):
        sandbox.books.put(owner, session)
    return cancel(sandbox, owner, intent, reason, cause)


def _sessions_of(sandbox: Sandbox, owner: str, intent: PaymentIntent) -> list[Session]:
    return sandbox.books.newest(owner, Session, 1, Selection(equal={"payment_intent": intent.id}))


def _waiting(sandbox: Sandbox, owner: str, session: Session) -> PaymentIntent:
    intent = sandbox.books.get(owner, PaymentIntent, session.payment_intent or "")
    if intent is None or intent.status != "requires_action":
        raise StripeError(400, "This session has no konbini voucher that waits to be paid.")
    return intent


def _deadline(now: int, session: Session) -> int:
    options = cast("dict[str, int]", session.payment_method_options.get(KONBINI) or {})
    days = timedelta(days=options.get("expires_after_days", USUAL_DAYS))
    last_day = datetime.fromtimestamp(now, TOKYO).date() + days
    return int(datetime.combine(last_day, time(23, 59, 59), TOKYO).timestamp())


def _voucher(origin: str, intent: PaymentIntent, deadline: int) -> Json:
    def digits(count: int) -> str:
        return "".join(secrets.choice("0123456789") for _ in range(count))

    phone = "0" + digits(9)
    stores: Json = {store: {"confirmation_number": phone, "payment_code": digits(6)} for store in STORES}
    details: Json = {
        "expires_at": deadline,
        "hosted_voucher_url": f"{origin}/konbini/{intent.id}",
        "stores": stores,
    }
    return {"type": "konbini_display_details", "konbini_display_details": details}
