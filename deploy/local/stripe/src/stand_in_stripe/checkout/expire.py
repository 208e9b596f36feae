"""The end of a session that nobody paid: asked for, or by time."""

from stand_in_stripe.errors import StripeError
from stand_in_stripe.sandbox import NOT_ASKED, Sandbox
from stand_in_stripe.shapes import PaymentIntent, Session
from stand_in_stripe.shapes.event import EventRequest


def expire(sandbox: Sandbox, owner: str, session: Session, cause: EventRequest) -> Session:
    """Close an open session. Raises StripeError for one that is completed or expired already."""
    session = expire_if_due(sandbox, owner, session)
    if session.status != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of `{session.status}`."
        )
        raise StripeError(400, message)
    return close(sandbox, owner, session, cause)


def expire_if_due(sandbox: Sandbox, owner: str, session: Session) -> Session:
    """The session as it is at this moment: its time may have run out since somebody last looked."""
    if session.status == "open" and session.expires_at <= sandbox.now():
        return close(sandbox, owner, session, NOT_ASKED)
    return session


def close(sandbox: Sandbox, owner: str, session: Session, cause: EventRequest) -> Session:
    """End an open session, and the PaymentIntent of an attempt that failed."""
    session.status, session.url = "expired", None
    if session.payment_intent and (intent := sandbox.books.get(owner, PaymentIntent, session.payment_intent)):
        cancel(sandbox, owner, intent, "expired", cause)
    sandbox.books.put(owner, session)
    sandbox.emit(owner, "checkout.session.expired", session, cause)
    return session


def cancel(
    sandbox: Sandbox, owner: str, intent: PaymentIntent, reason: str | None, cause: EventRequest
) -> PaymentIntent:
    """No money will come of this any more."""
    intent.status, intent.cancellation_reason = "canceled", reason
    intent.canceled_at, intent.next_action = sandbox.now(), None
    sandbox.books.put(owner, intent)
    sandbox.emit(owner, "payment_intent.canceled", intent, cause)
    return intent
