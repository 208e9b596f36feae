"""The PaymentIntent of a session: made by the first attempt to pay, not before."""

import msgspec

from stand_in_stripe.ids import new_id
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import Json, LineItems, PaymentIntent, Session


def intent_of(sandbox: Sandbox, owner: str, session: Session) -> PaymentIntent:
    """Return the session's PaymentIntent; the caller writes both back."""
    if session.payment_intent and (known := sandbox.books.get(owner, PaymentIntent, session.payment_intent)):
        return known
    kept = sandbox.books.get(owner, LineItems, session.id)
    made = _new(sandbox, session, kept.intent if kept else {})
    session.payment_intent = made.id
    return made


def _new(sandbox: Sandbox, session: Session, wanted: Json) -> PaymentIntent:
    identifier = new_id("pi")
    made: Json = {
        "id": identifier,
        "created": sandbox.now(),
        "amount": session.amount_total,
        "client_secret": new_id(f"{identifier}_secret", 25),
        "currency": session.currency,
        "payment_method_options": session.payment_method_options,
        "payment_method_types": session.payment_method_types,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return msgspec.convert(given | made, PaymentIntent)
