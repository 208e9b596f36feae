"""The charge that money goes back from, and what that does to it."""

from stand_in_stripe.errors import StripeError, no_such
from stand_in_stripe.ids import new_id
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import Charge, Json, PaymentIntent, Session


def charge_of_intent(sandbox: Sandbox, owner: str, identifier: str) -> Charge:
    """The charge that paid a PaymentIntent. Raises StripeError."""
    intent = sandbox.books.get(owner, PaymentIntent, identifier)
    if intent is None:
        raise no_such("payment_intent", identifier, "payment_intent")
    charge = sandbox.books.get(owner, Charge, intent.latest_charge or "")
    if charge is None or not charge.paid:
        raise nothing_to_refund(identifier)
    return charge


def charge_of_session(sandbox: Sandbox, owner: str, session: Session) -> Charge:
    """The charge that paid a session. Raises StripeError."""
    if session.payment_intent is None:
        raise StripeError(400, "This session took no money: nothing of it can go back.")
    return charge_of_intent(sandbox, owner, session.payment_intent)


def nothing_to_refund(intent: str) -> StripeError:
    """Its attempts to collect money failed, or none was made yet."""
    message = f"This PaymentIntent ({intent}) does not have a successful charge to refund."
    return StripeError(400, message, param="payment_intent", remembered=True)


def balance_transaction(source: str, amount: int, currency: str, now: int, kind: tuple[str, str]) -> Json:
    """What an event does to the account's balance; the sandbox takes no fee. `kind`: type, category."""
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": kind[1],
        "source": source,
        "status": "available",
        "type": kind[0],
    }
